import { SetMetadata } from '@nestjs/common';

export const NEEDS_ROLE = 'billing:role';

/** A route for callers with this role only. */
export const NeedsRole = (role: string) => SetMetadata(NEEDS_ROLE, role);
