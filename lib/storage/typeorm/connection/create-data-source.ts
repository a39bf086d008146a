import type { DataSource, DataSourceOptions } from 'typeorm';
import { loadDriver } from './load-driver.js';

/** A DataSource without entities, made when TypeORM has been loaded. */
export async function createDataSource(options: DataSourceOptions): Promise<DataSource> {
  const typeorm = (await loadDriver('typeorm')) as typeof import('typeorm');
  return new typeorm.DataSource({ ...options, entities: [], migrations: [], synchronize: false, logging: false });
}
