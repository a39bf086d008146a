import { Module, ValidationPipe } from '@nestjs/common';
import { APP_GUARD, APP_PIPE } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from 'nestjs-audit-trail';
import { AdminController } from './admin/admin.controller.js';
import { AuthController } from './auth/auth.controller.js';
import { AuthGuard } from './auth/auth.guard.js';
import { Invoice } from './invoices/invoice.entity.js';
import { InvoicesController } from './invoices/invoices.controller.js';

@Module({
  imports: [
    TypeOrmModule.forRoot({ type: 'better-sqlite3', database: ':memory:', entities: [Invoice], synchronize: true }),
    TypeOrmModule.forFeature([Invoice]),
    // Where the log lies comes from AUDIT_STORAGE_PATH, else it is ./audit.sqlite.
    AuditModule.forRoot({ service: { name: 'billing-api', version: '1.4.0' } }),
  ],
  controllers: [AuthController, InvoicesController, AdminController],
  providers: [
    { provide: APP_GUARD, useClass: AuthGuard },
    { provide: APP_PIPE, useValue: new ValidationPipe({ whitelist: true }) },
  ],
})
export class AppModule {}
