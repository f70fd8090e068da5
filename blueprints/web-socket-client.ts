/** Just enough of a WebSocket client (RFC 6455) for scenarios: Node.js 20 has none that is stable. */
import { randomBytes } from 'node:crypto';
import * as http from 'node:http';
import * as https from 'node:https';
import type { Socket } from 'node:net';

const TEXT = 0x1;
const CLOSE = 0x8;
const PING = 0x9;
const PONG = 0xa;

/** An open connection. */
export class WebSocketClient {
  /** Connects to a `wss:`, `ws:`, `https:` or `http:` address; rejects with the status when it is refused. */
  public static connect(address: string): Promise<WebSocketClient> {
    return new Promise((resolve, reject) => {
      const headers = {
        'connection': 'Upgrade', 'upgrade': 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': randomBytes(16).toString('base64'),
      };
      const url = address.replace(/^ws/, 'http');
      (url.startsWith('https:') ? https : http).request(url, { headers })
        .on('upgrade', (_response, socket: Socket, head) => resolve(new WebSocketClient(socket, head)))
        .on('response', ({ statusCode }) => reject(new Error(`refused with ${statusCode}`)))
        .on('error', reject)
        .end();
    });
  }

  /** What was heard so far. */
  public readonly heard: string[] = [];
  private told = 0;
  private buffer: Buffer;

  private constructor(private readonly socket: Socket, head: Buffer) {
    this.buffer = head;
    socket.on('data', (data) => {
      this.buffer = Buffer.concat([this.buffer, data]);
      this.read();
    });
    // A connection that breaks off is what some scenarios are about.
    socket.on('error', () => undefined);
    this.read();
  }

  /** Sends a message of up to 64 KiB. */
  public send(text: string): void {
    this.write(TEXT, Buffer.from(text));
  }

  /** The next message that was not told here yet, now or when it comes. */
  public async next(): Promise<string> {
    while (this.told >= this.heard.length) {
      await new Promise((resolve) => this.socket.once('data', resolve));
    }
    return this.heard[this.told++]!;
  }

  /** Closes the connection as a browser does. */
  public close(): void {
    this.write(CLOSE, Buffer.from([0x03, 0xe8]));
    this.socket.end();
  }

  /** Breaks the connection off, as a phone in a tunnel does: nobody is told. */
  public breakOff(): void {
    this.socket.destroy();
  }

  private write(opcode: number, payload: Buffer): void {
    const length = payload.length < 126 ? [0x80 | payload.length] : [0x80 | 126, payload.length >> 8, payload.length & 0xff];
    const mask = randomBytes(4);
    const masked = payload.map((byte, index) => byte ^ mask[index % 4]!);
    this.socket.write(Buffer.concat([Buffer.from([0x80 | opcode, ...length]), mask, masked]));
  }

  /** Takes whole frames off the buffer. Servers do not mask; API Gateway does not split what is below 32 KiB. */
  private read(): void {
    for (;;) {
      const frame = frameIn(this.buffer);
      if (!frame) {
        return;
      }
      this.buffer = this.buffer.subarray(frame.end);
      if (frame.opcode === TEXT) {
        this.heard.push(frame.payload.toString());
      } else if (frame.opcode === PING) {
        this.write(PONG, frame.payload);
      }
    }
  }
}

/** The first whole frame of a buffer; undefined when it is not all there. */
function frameIn(buffer: Buffer): { readonly opcode: number; readonly payload: Buffer; readonly end: number } | undefined {
  if (buffer.length < 2) {
    return undefined;
  }
  const short = buffer[1]! & 0x7f;
  const start = short === 126 ? 4 : short === 127 ? 10 : 2;
  if (buffer.length < start) {
    return undefined;
  }
  const length = short === 126 ? buffer.readUInt16BE(2) : short === 127 ? Number(buffer.readBigUInt64BE(2)) : short;
  const end = start + length;
  return buffer.length < end ? undefined : { opcode: buffer[0]! & 0x0f, payload: buffer.subarray(start, end), end };
}
