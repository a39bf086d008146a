import { transactionsSuite } from './suites/transactions.suite.js';

transactionsSuite('sqlite');
transactionsSuite('postgres');
