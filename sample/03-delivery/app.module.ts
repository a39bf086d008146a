import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { ImmutableLogSink } from 'nestjs-audit-trail';
import { SignedBillingModule } from '../02-signed-checkpoints/app.module.js';

/** The billing API of sample 01 in mode `hybrid`: sealed here first, then delivered to an ImmutableLog server. */
@Module({})
export class DeliveredBillingModule {
  /** Address and key are options here; an application leaves both to IMMUTABLELOG_URL and IMMUTABLELOG_API_KEY */
  static with(path: string, { url, apiKey }: { readonly url: string; readonly apiKey: string }): DynamicModule {
    return SignedBillingModule.with({
      service: { name: 'billing-api', version: '1.4.0' },
      storage: { type: 'sqlite', path },
      delivery: {
        mode: 'hybrid',
        sinks: [
          new ImmutableLogSink({
            url,
            apiKey,
            env: 'sample',
            // Waits that a reader of this sample has the patience for; the defaults are longer.
            retry: { baseMs: 20, maxMs: 200, heldProbeMs: 200 },
          }),
        ],
      },
      // What the sink is up to is part of the story here, and printed below.
      onError: () => undefined,
    });
  }
}
