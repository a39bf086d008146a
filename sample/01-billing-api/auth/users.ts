/** Who may log in. A real application asks its database. */
export interface DemoUser {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly password: string;
  readonly tenant: { readonly id: string; readonly slug: string };
  readonly roles: readonly string[];
}

const ACME = { id: 't_acme', slug: 'acme' };
const GLOBEX = { id: 't_globex', slug: 'globex' };

export const USERS: readonly DemoUser[] = [
  {
    id: 'u_alice',
    name: 'Alice Adams',
    email: 'alice@acme.test',
    password: 'correct-horse',
    tenant: ACME,
    roles: ['admin'],
  },
  { id: 'u_bob', name: 'Bob Brown', email: 'bob@acme.test', password: 'battery-staple', tenant: ACME, roles: [] },
  { id: 'u_carol', name: 'Carol Clark', email: 'carol@globex.test', password: 'tr0ub4dor', tenant: GLOBEX, roles: [] },
];
