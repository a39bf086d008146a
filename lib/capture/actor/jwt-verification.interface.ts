export type Claims = Readonly<Record<string, unknown>>;

/** Why a token was not believed. */
export type TokenRefusal =
  | 'expired'
  | 'not_active'
  | 'bad_signature'
  | 'unsigned'
  | 'wrong_algorithm'
  | 'wrong_audience'
  | 'wrong_issuer'
  | 'malformed'
  | 'key_unavailable'
  | 'no_subject'
  | 'not_verified';

/** What came of looking at a token. */
export type TokenVerdict =
  | { readonly verified: true; readonly claims: Claims }
  | {
      readonly verified: false;
      readonly reason: TokenRefusal;
      /** The claims as they stand in the token. Anybody can write them. */
      readonly unverified: Claims | undefined;
    };
