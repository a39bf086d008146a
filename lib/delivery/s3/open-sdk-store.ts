import { ObjectStoreError } from './object-store.interface.js';
import type { S3Options } from './s3.options.js';
import type { S3Commands } from './s3-commands.js';
import { SdkObjectStore } from './sdk-object-store.js';
import type { S3ClientLike } from './sdk-object-store.js';

const DEFAULT_MULTIPART_BYTES = 16 * 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * Loads the AWS SDK and connects to the bucket.
 *
 * @throws ObjectStoreError if the SDK is not installed
 */
export async function openSdkStore(options: S3Options): Promise<SdkObjectStore> {
  const sdk = await loadSdk();
  const { bucket, multipartBytes = DEFAULT_MULTIPART_BYTES, requestTimeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const client = options.client ?? createClient(sdk, options);
  return new SdkObjectStore({
    client,
    commands: sdk as unknown as S3Commands,
    bucket,
    multipartBytes,
    requestTimeoutMs,
  });
}

async function loadSdk(): Promise<typeof import('@aws-sdk/client-s3')> {
  try {
    return await import('@aws-sdk/client-s3');
  } catch (error) {
    throw new ObjectStoreError(
      'refused',
      `The S3 sink needs the package @aws-sdk/client-s3, which can't be loaded (${String((error as Error).message)}). ` +
        'Install it: npm install @aws-sdk/client-s3',
    );
  }
}

function createClient(sdk: typeof import('@aws-sdk/client-s3'), options: S3Options): S3ClientLike {
  const { region, endpoint } = options;
  const client = new sdk.S3Client({
    ...(region !== undefined && { region }),
    // Servers other than Amazon's have no regions, but requests are signed for one.
    ...(endpoint !== undefined && {
      endpoint,
      forcePathStyle: true,
      region: region ?? process.env.AWS_REGION ?? 'us-east-1',
    }),
    // The dispatcher repeats, with a longer breath.
    maxAttempts: 1,
    // Each upload carries its own checksums; older servers know no others.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  return client as unknown as S3ClientLike;
}
