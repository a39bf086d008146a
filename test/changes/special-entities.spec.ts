import { specialEntitiesSuite } from './suites/special-entities.suite.js';

specialEntitiesSuite('sqlite');
specialEntitiesSuite('postgres');
