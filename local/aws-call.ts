import { LocalAwsError } from './local-aws-error';

/** Calls of the local AWS that need no client: what a container service asks of its neighbours. */
export class AwsCalls {
  /** @param endpoint where the local AWS answers */
  public constructor(private readonly endpoint: string) {}

  /**
   * An operation of a service that speaks JSON.
   *
   * @param target the service and its operation, as the header `X-Amz-Target` has it
   */
  public async json<Answer>(service: string, target: string, body: object): Promise<Answer> {
    const headers = { ...signedFor(service), 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
    return JSON.parse(await this.send(service, headers, JSON.stringify(body))) as Answer;
  }

  /** An operation of a service that speaks forms; the answer is XML. */
  public query(service: string, parameters: Readonly<Record<string, string>>): Promise<string> {
    return this.send(service, signedFor(service), new URLSearchParams(parameters));
  }

  private async send(service: string, headers: Record<string, string>, body: string | URLSearchParams): Promise<string> {
    const response = await fetch(this.endpoint, { method: 'POST', headers, body });
    const text = await response.text();
    if (!response.ok) {
      throw new LocalAwsError('CALL_FAILED', `The local AWS did not take a call of ${service}: ${text.slice(0, 500)}`, 'Start it again.');
    }
    return text;
  }
}

/** The emulator takes the service from it and lets the test key pass without checking the signature. */
function signedFor(service: string): Record<string, string> {
  return { authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=x` };
}
