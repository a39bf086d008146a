import { connect } from 'node:net';

/** Sends bytes as they are and returns what comes back: for requests that no HTTP client would send. */
export function sendRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    const received: Buffer[] = [];
    socket.on('data', (chunk) => received.push(chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(received).toString()));
  });
}

/** Sends a request and hangs up as soon as the headers of the answer are there. */
export function sendAndHangUp(port: number, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.once('data', () => socket.destroy());
    socket.on('error', reject);
    socket.on('close', () => resolve());
  });
}
