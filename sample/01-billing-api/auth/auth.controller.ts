import { Body, Controller, HttpCode, Post, UnauthorizedException } from '@nestjs/common';
import jwt from 'jsonwebtoken';
import { Audit } from 'nestjs-audit-trail';
import { Public } from './public.decorator.js';
import { USERS } from './users.js';

/** Made anew at each start: nothing in this sample is worth keeping. */
export const JWT_SECRET = process.env.BILLING_JWT_SECRET ?? crypto.randomUUID() + crypto.randomUUID();

@Controller('auth')
export class AuthController {
  @Public()
  @Post('login')
  @HttpCode(200)
  @Audit({ action: 'auth.login', resource: { type: 'session' } })
  login(@Body() { email, password }: { email?: string; password?: string }): { accessToken: string } {
    const user = USERS.find((candidate) => candidate.email === email && candidate.password === password);
    if (!user) throw new UnauthorizedException('Unknown e-mail or wrong password.');
    const claims = {
      email: user.email,
      name: user.name,
      roles: user.roles,
      tenant_id: user.tenant.id,
      tenant_slug: user.tenant.slug,
    };
    return { accessToken: jwt.sign(claims, JWT_SECRET, { algorithm: 'HS256', subject: user.id, expiresIn: '1h' }) };
  }
}
