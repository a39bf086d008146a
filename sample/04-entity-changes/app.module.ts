import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditModule } from 'nestjs-audit-trail';
import type { DataSourceOptions } from 'typeorm';
import { ApiKeyGuard } from './auth/api-key.guard.js';
import { InvoiceLine } from './invoices/invoice-line.entity.js';
import { Invoice } from './invoices/invoice.entity.js';
import { InvoicesController } from './invoices/invoices.controller.js';

/** A PostgreSQL if there is one, else a SQLite file. */
const { BILLING_POSTGRES_URL: url, BILLING_SQLITE_PATH: database = ':memory:' } = process.env;
const place: DataSourceOptions = url ? { type: 'postgres', url } : { type: 'better-sqlite3', database };

export const billing: DataSourceOptions = { ...place, entities: [Invoice, InvoiceLine], synchronize: true };

@Module({
  imports: [
    TypeOrmModule.forRoot(billing),
    AuditModule.forRoot({
      service: { name: 'billing-api', version: '1.4.0' },
      // The log is kept where the invoices are: changes and their record are one transaction.
      storage: { type: 'datasource', migrate: true },
      // On PostgreSQL the tables record themselves, so that raw SQL is seen, too.
      changes: { triggers: url !== undefined },
    }),
  ],
  controllers: [InvoicesController],
  providers: [{ provide: APP_GUARD, useClass: ApiKeyGuard }],
})
export class AppModule {}
