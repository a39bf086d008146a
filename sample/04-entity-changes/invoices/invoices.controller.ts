import { Body, ConflictException, Controller, Delete, HttpCode, Param, Patch, Post } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { AuditService } from 'nestjs-audit-trail';
import { DataSource } from 'typeorm';
import { Invoice } from './invoice.entity.js';

type NewInvoice = Pick<Invoice, 'id' | 'customer' | 'amount' | 'terms' | 'iban' | 'lines'>;
type Edit = Partial<Pick<Invoice, 'amount' | 'status' | 'terms' | 'iban'>> & { readonly because: string };

/** Plain TypeORM. Nothing in it speaks of the trail, but for the reasons and the one event of the application's own. */
@Controller('invoices')
export class InvoicesController {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly audit: AuditService,
  ) {}

  @Post()
  async create(@Body() invoice: NewInvoice): Promise<void> {
    await this.dataSource.getRepository(Invoice).save(invoice);
  }

  @Patch(':id')
  async edit(@Param('id') id: string, @Body() { because, ...change }: Edit): Promise<void> {
    this.audit.annotate({ reason: because });
    const invoices = this.dataSource.getRepository(Invoice);
    await invoices.save(Object.assign(await invoices.findOneByOrFail({ id }), change));
  }

  /** One statement for many rows: TypeORM's subscribers would be told neither which nor what they were. */
  @Post('discount')
  @HttpCode(200)
  async discount(@Body() { customer, cents }: { customer: string; cents: number }): Promise<void> {
    await this.dataSource
      .createQueryBuilder()
      .update(Invoice)
      .set({ amount: () => `amount - ${Math.trunc(cents)}` })
      .where('customer = :customer', { customer })
      .execute();
  }

  /** The event of the application commits, or not, with the row. */
  @Post(':id/pay')
  @HttpCode(200)
  async pay(@Param('id') id: string, @Body() { funded }: { funded: boolean }): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await manager.update(Invoice, { id }, { status: 'paid' });
      await this.audit.log({ action: 'payment.booked', resource: { type: 'payment', id } }, { manager });
      if (!funded) throw new ConflictException('The account is not funded.');
    });
  }

  @Delete(':id')
  async remove(@Param('id') id: string): Promise<void> {
    await this.dataSource.getRepository(Invoice).delete({ id });
  }
}
