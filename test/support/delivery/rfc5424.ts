/** A reading of an RFC 5424 message by the letter of its grammar; throws where it deviates. */
export interface ParsedSyslog {
  readonly facility: number;
  readonly severity: number;
  readonly timestamp: string;
  readonly hostname: string;
  readonly appName: string;
  readonly procId: string;
  readonly msgId: string;
  readonly data: Record<string, Record<string, string>>;
  readonly text: string;
}

const HEADER =
  /^<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z) ([\x21-\x7e]{1,255}) ([\x21-\x7e]{1,48}) ([\x21-\x7e]{1,128}) ([\x21-\x7e]{1,32}) /;

export function parseSyslog(message: Buffer): ParsedSyslog {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(message);
  const header = HEADER.exec(text);
  if (!header) throw new Error(`No RFC 5424 header: ${text.slice(0, 200)}`);
  const priority = Number(header[1]);
  const { data, end } = parseData(text, header[0].length);
  if (text.slice(end, end + 2) !== ' \ufeff') throw new Error('No space and byte order mark in front of the text');
  return {
    facility: priority >> 3,
    severity: priority & 7,
    timestamp: header[2],
    hostname: header[3],
    appName: header[4],
    procId: header[5],
    msgId: header[6],
    data,
    text: text.slice(end + 2),
  };
}

function parseData(text: string, start: number): { data: ParsedSyslog['data']; end: number } {
  const data: ParsedSyslog['data'] = {};
  let at = start;
  while (text[at] === '[') {
    const id = /^\[([^\s=\]"]{1,32})/.exec(text.slice(at));
    if (!id) throw new Error('malformed structured data id');
    if (Object.hasOwn(data, id[1])) throw new Error(`${id[1]} twice`);
    const values: Record<string, string> = (data[id[1]] = {});
    at += id[0].length;
    for (;;) {
      const parameter = /^ ([^\s=\]"]{1,32})="((?:[^"\\\]]|\\["\\\]])*)"/u.exec(text.slice(at));
      if (!parameter) break;
      values[parameter[1]] = parameter[2].replace(/\\(["\\\]])/g, '$1');
      at += parameter[0].length;
    }
    if (text[at] !== ']') throw new Error(`malformed structured data near ${text.slice(at, at + 40)}`);
    at++;
  }
  if (at === start) throw new Error('no structured data');
  return { data, end: at };
}
