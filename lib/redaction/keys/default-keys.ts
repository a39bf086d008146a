/** Hidden wherever they occur inside a squashed name (see `splitName`). */
export const LONG_KEYS: readonly string[] = [
  'password',
  'passwd',
  'passphrase',
  'passcode',
  'secret',
  'token',
  'apikey',
  'accesskey',
  'privatekey',
  'secretkey',
  'signingkey',
  'encryptionkey',
  'clientsecret',
  'authorization',
  'cookie',
  'session',
  'bearer',
  'refreshtoken',
  'idtoken',
  'credential',
  'signature',
  'connectionstring',
  'mnemonic',
  'cardnumber',
  'creditcard',
  'securitycode',
  'trackdata',
  'passport',
  'taxid',
  'nationalid',
  'socialsecurity',
  'dateofbirth',
  'accountnumber',
];

/** Too short to look for inside other words (`pin` stands in `shipping`): hidden as whole words only. */
export const SHORT_KEYS: readonly string[] = [
  'pwd',
  'pass',
  'pin',
  'pan',
  'cvv',
  'cvc',
  'csc',
  'otp',
  'totp',
  'sid',
  'jwt',
  'ssn',
  'dob',
  'iban',
  'seed',
  'csrf',
  'xsrf',
];

/** Whole names that say something about a secret without being one. */
export const ALLOWED_KEYS: readonly string[] = [
  'tokencount',
  'totaltokens',
  'totaltokensused',
  'maxtokens',
  'tokentype',
  'sessionduration',
  'sessioncount',
  'cookieconsent',
  'secretary',
  'passcount',
];

/**
 * Never shown, not even in part or as a digest: card verification data must not be kept after authorisation in any
 * form, and a digest of a short code or a password can be searched for by whoever gets hold of the key.
 */
export const NEVER_SHOWN_KEYS: ReadonlySet<string> = new Set([
  'cvv',
  'cvc',
  'csc',
  'pin',
  'securitycode',
  'trackdata',
  'otp',
  'totp',
  'password',
  'passwd',
  'passphrase',
  'passcode',
  'pwd',
  'pass',
  'mnemonic',
  'seed',
  'privatekey',
]);

/** Numbers whose last digits tell people apart without giving the number away. */
export const IDENTIFYING_KEYS: ReadonlySet<string> = new Set([
  'pan',
  'cardnumber',
  'creditcard',
  'iban',
  'accountnumber',
  'ssn',
  'socialsecurity',
  'taxid',
  'nationalid',
  'passport',
]);
