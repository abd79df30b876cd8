import type { LessonProgress } from '#shared/contract/lesson.ts';

const COLUMNS = [
  'student',
  'lesson',
  'title',
  'seed',
  'finished',
  'points',
  'max_points',
  'best_points',
  'answered',
  'tries',
  'hints',
  'shown',
  'changed_at',
] as const;

/** Results of one student as CSV, a line for each lesson. */
export function resultsCsv(student: string, progress: readonly LessonProgress[]): string {
  return csvText([COLUMNS, ...progress.map((one) => resultRow(student, one))]);
}

function resultRow(student: string, progress: LessonProgress): string[] {
  const { scores } = progress;
  const sum = (of: (score: LessonProgress['scores'][number]) => number): string =>
    String(scores.reduce((total, score) => total + of(score), 0));
  return [
    student,
    progress.name,
    progress.title,
    String(progress.seed),
    progress.finished ? 'yes' : 'no',
    String(progress.points),
    String(progress.maxPoints),
    String(progress.bestPoints),
    sum(({ state }) => (state === 'right' ? 1 : 0)),
    sum(({ tries }) => tries),
    sum(({ hints }) => hints),
    sum(({ state }) => (state === 'shown' ? 1 : 0)),
    new Date(progress.changedAt).toISOString(),
  ];
}

/** Several students' files as one table. Throws an Error if a file is not such a table. */
export function joinResults(files: readonly { readonly name: string; readonly text: string }[]): string {
  const rows = files.flatMap(({ name, text }) => {
    const [head, ...body] = parseCsv(text);
    if (head?.join() !== COLUMNS.join()) {
      throw new Error(`${name}: not results of lessons (expected the columns ${COLUMNS.join(', ')})`);
    }
    const wrong = body.findIndex((row) => row.length !== COLUMNS.length);
    if (wrong >= 0)
      throw new Error(`${name}: line ${wrong + 2} has ${body[wrong].length} fields, not ${COLUMNS.length}`);
    return body;
  });
  return csvText([COLUMNS, ...rows]);
}

/** A field that a spreadsheet would compute begins with an apostrophe. */
function csvText(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

function field(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** RFC 4180. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (at < text.length) {
    const [value, next] = text[at] === '"' ? quoted(text, at + 1) : unquoted(text, at);
    row.push(value);
    at = next;
    if (text[at] === ',') {
      at++;
      if (at < text.length) continue;
      row.push('');
    }
    while (text[at] === '\r' || text[at] === '\n') at++;
    rows.push(row);
    row = [];
  }
  return rows;
}

function unquoted(text: string, start: number): [value: string, next: number] {
  let at = start;
  while (at < text.length && !',\r\n'.includes(text[at])) at++;
  return [text.slice(start, at), at];
}

function quoted(text: string, start: number): [value: string, next: number] {
  let value = '';
  for (let at = start; at < text.length; at++) {
    if (text[at] !== '"') value += text[at];
    else if (text[at + 1] === '"') {
      value += '"';
      at++;
    } else return [value, at + 1];
  }
  throw new Error('a quoted field has no end');
}
