import { AuditEntity } from '../../../lib/changes/decorators/audit-entity.decorator.js';
import { AuditIgnore } from '../../../lib/changes/decorators/audit-ignore.decorator.js';
import { AuditMask } from '../../../lib/changes/decorators/audit-mask.decorator.js';
import { entityPolicyOf } from '../../../lib/changes/decorators/entity-policy.js';
import { snakeCase } from '../../../lib/changes/rows/capture-rules.js';

describe('names of resources', () => {
  it.each([
    ['Invoice', 'invoice'],
    ['InvoiceLine', 'invoice_line'],
    ['HTTPLog', 'http_log'],
    ['OAuth2Token', 'o_auth2_token'],
    ['already_snake', 'already_snake'],
  ])('%s is %s', (name, resource) => expect(snakeCase(name)).toBe(resource));
});

describe('decorators of entities', () => {
  @AuditEntity({ resource: 'base', mask: ['a'] })
  class Base {
    @AuditIgnore()
    ignored!: string;

    @AuditMask()
    masked!: string;
  }

  class Child extends Base {
    @AuditIgnore()
    own!: string;
  }

  it('are read together', () => {
    expect(entityPolicyOf(Base)).toMatchObject({ resource: 'base', exclude: ['ignored'], mask: ['a', 'masked'] });
  });

  it('of properties hold for child classes, that of the class does not', () => {
    const policy = entityPolicyOf(Child);
    expect(policy.resource).toBeUndefined();
    expect(policy.exclude).toEqual(['ignored', 'own']);
    expect(policy.mask).toEqual(['masked']);
    expect(entityPolicyOf(Base).exclude).toEqual(['ignored']);
  });

  it('are not there for tables and schemas', () => {
    expect(entityPolicyOf('table')).toMatchObject({ exclude: [], mask: [], reveal: [] });
  });
});
