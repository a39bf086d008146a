/** A caller of the billing API over real HTTP. */
export class BillingClient {
  private constructor(
    readonly url: string,
    readonly token: string,
  ) {}

  static async login(url: string, email: string, password: string): Promise<BillingClient> {
    const response = await fetch(`${url}/auth/login`, json('POST', { email, password }));
    const { accessToken } = (await response.json()) as { accessToken: string };
    return new BillingClient(url, accessToken);
  }

  async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<{ status: number; body: any }> {
    const request = body instanceof FormData ? { method, body, headers: {} } : json(method, body);
    const response = await fetch(this.url + path, {
      ...request,
      headers: { authorization: `Bearer ${this.token}`, ...request.headers, ...headers },
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return { status: response.status, body: isJson ? JSON.parse(text) : text };
  }
}

function json(method: string, body?: unknown) {
  return body === undefined
    ? { method, headers: {} as Record<string, string> }
    : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } as Record<string, string> };
}
