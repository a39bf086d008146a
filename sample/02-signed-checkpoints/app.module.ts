import { Module, ValidationPipe } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { APP_GUARD, APP_PIPE } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from 'nestjs-audit-trail';
import type { AuditModuleOptions } from 'nestjs-audit-trail';
import { AdminController } from '../01-billing-api/admin/admin.controller.js';
import { AuthController } from '../01-billing-api/auth/auth.controller.js';
import { AuthGuard } from '../01-billing-api/auth/auth.guard.js';
import { Invoice } from '../01-billing-api/invoices/invoice.entity.js';
import { InvoicesController } from '../01-billing-api/invoices/invoices.controller.js';

/** The billing API of sample 01 with a log that is signed, anchored and verified. */
@Module({})
export class SignedBillingModule {
  static with(audit: AuditModuleOptions): DynamicModule {
    return {
      module: SignedBillingModule,
      imports: [
        TypeOrmModule.forRoot({ type: 'better-sqlite3', database: ':memory:', entities: [Invoice], synchronize: true }),
        TypeOrmModule.forFeature([Invoice]),
        AuditModule.forRoot(audit),
      ],
      controllers: [AuthController, InvoicesController, AdminController],
      providers: [
        { provide: APP_GUARD, useClass: AuthGuard },
        { provide: APP_PIPE, useValue: new ValidationPipe({ whitelist: true }) },
      ],
    };
  }
}
