import { join } from 'node:path';

import { LOOPBACK } from './free-port';
import { LocalAwsError } from './local-aws-error';
import { lastLines, run } from './run';

/** What a server on the loopback address shows its clients, in files. */
export interface Certificate {
  /** The certificate, which is also what clients have to trust. */
  readonly certFile: string;
  /** Its private key, readable by its owner only. */
  readonly keyFile: string;
}

/**
 * Makes a certificate for the loopback address that is good for two days. Who trusts it trusts nothing but this one key.
 *
 * @param folder an existing folder that both files are written to
 * @throws LocalAwsError when there is no `openssl`
 */
export async function createCertificate(folder: string, signal: AbortSignal): Promise<Certificate> {
  const certificate = { certFile: join(folder, 'certificate.pem'), keyFile: join(folder, 'key.pem') };
  const made = await run('openssl', [
    'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
    '-subj', '/CN=localhost', '-addext', `subjectAltName=IP:${LOOPBACK},DNS:localhost`,
    '-keyout', certificate.keyFile, '-out', certificate.certFile,
  ], { signal });
  if (made.code !== 0) {
    throw new LocalAwsError('CERTIFICATE_FAILED', `openssl could not make a certificate:\n${lastLines(made.output)}`,
      'On Debian and Ubuntu: apt install openssl');
  }
  return certificate;
}
