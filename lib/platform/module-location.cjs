'use strict';
const { join } = require('node:path');

exports.buildFolder = join(__dirname, '..');
