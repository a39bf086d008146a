import { ownIdentity } from '../ledger/process/process-identity.js';
import { findApplicationPackage } from './application-package.js';
import { Text } from './option.decorators.js';
import { OptionSection } from './option-section.js';
import { CompletedBy } from './section.decorators.js';

const UNKNOWN_SERVICE = 'application';

/** Which application writes events; stands in every record. */
@CompletedBy<ServiceOptions>((service, note) => {
  const application = findApplicationPackage();
  if (service.name === undefined) note('name', application === undefined ? 'default' : 'package.json');
  service.name ??= application?.name ?? UNKNOWN_SERVICE;
  if (service.version === undefined && application?.version !== undefined) {
    service.version = application.version;
    note('version', 'package.json');
  }
  if (service.instance === undefined) note('instance', 'default');
  const { host, pid, boot } = ownIdentity();
  service.instance ??= `${host}:${pid}:${boot}`;
})
export class ServiceOptions extends OptionSection {
  /**
   * Name of the application. It does not tell instances apart.
   * @default `name` of the nearest package.json, from the working directory, then from the started script
   */
  @Text({ maxLength: 256 })
  name?: string;

  /**
   * Version of the application. It is recorded as it is, and never compared.
   * @default `version` of the same package.json
   */
  @Text({ maxLength: 256 })
  version?: string;

  /**
   * Tells one start of one process from all others. A fixed value shared by several processes makes their unclean
   * ends indistinguishable.
   * @default `<host>:<pid>:<8 hex characters drawn at start>`
   */
  @Text({ maxLength: 256 })
  instance?: string;
}
