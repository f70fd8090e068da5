/** Just enough of a WebSocket client (RFC 6455) for tests: Node.js 20 has none that is stable. */
import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { Socket } from 'node:net';

const TEXT = 0x1;
const CLOSE = 0x8;

/** An open connection. */
export class WebSocketClient {
  /** Connects to an `http:` address; rejects with the status when it is refused. */
  public static connect(address: string): Promise<WebSocketClient> {
    return new Promise((resolve, reject) => {
      const headers = {
        'connection': 'Upgrade', 'upgrade': 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': randomBytes(16).toString('base64'),
      };
      request(address, { headers })
        .on('upgrade', (_response, socket: Socket, head) => resolve(new WebSocketClient(socket, head)))
        .on('response', ({ statusCode }) => reject(new Error(`refused with ${statusCode}`)))
        .on('error', reject)
        .end();
    });
  }

  private readonly heard: string[] = [];
  private readonly waiting: ((text: string) => void)[] = [];
  private buffer: Buffer;

  private constructor(private readonly socket: Socket, head: Buffer) {
    this.buffer = head;
    socket.on('data', (data) => {
      this.buffer = Buffer.concat([this.buffer, data]);
      this.read();
    });
    this.read();
  }

  /** Sends a message of up to 64 KiB. */
  public send(text: string): void {
    this.write(TEXT, Buffer.from(text));
  }

  /** The next message that was not taken yet. */
  public next(): Promise<string> {
    const text = this.heard.shift();
    return text === undefined ? new Promise((resolve) => this.waiting.push(resolve)) : Promise.resolve(text);
  }

  /** Closes the connection as a browser does. */
  public close(): void {
    this.write(CLOSE, Buffer.from([0x03, 0xe8]));
    this.socket.end();
  }

  private write(opcode: number, payload: Buffer): void {
    const length = payload.length < 126 ? [0x80 | payload.length] : [0x80 | 126, payload.length >> 8, payload.length & 0xff];
    const mask = randomBytes(4);
    const masked = payload.map((byte, index) => byte ^ mask[index % 4]!);
    this.socket.write(Buffer.concat([Buffer.from([0x80 | opcode, ...length]), mask, masked]));
  }

  /** Takes whole frames off the buffer. The server does not mask, and does not split what is this short. */
  private read(): void {
    while (this.buffer.length >= 2) {
      const short = this.buffer[1]! & 0x7f;
      const start = short === 126 ? 4 : 2;
      if (this.buffer.length < start) {
        return;
      }
      const end = start + (short === 126 ? this.buffer.readUInt16BE(2) : short);
      if (this.buffer.length < end) {
        return;
      }
      if ((this.buffer[0]! & 0x0f) === TEXT) {
        const text = this.buffer.subarray(start, end).toString();
        const waiting = this.waiting.shift();
        void (waiting ? waiting(text) : this.heard.push(text));
      }
      this.buffer = this.buffer.subarray(end);
    }
  }
}
