import { Body, Controller, Module, Post } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Audit, AuditModule } from 'nestjs-audit-trail';

@Controller('invoices')
export class InvoicesController {
  @Post()
  @Audit({ action: 'invoice.create' })
  create(@Body() body: { amount?: number; password?: string }): { id: string; amount: number } {
    return { id: 'inv_1', amount: body.amount ?? 0 };
  }
}

@Module({
  imports: [TypeOrmModule.forRoot({ type: 'better-sqlite3', database: ':memory:' }), AuditModule.forRoot()],
  controllers: [InvoicesController],
})
export class AppModule {}
