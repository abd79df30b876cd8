import { csvField, escapeFormula, parseCsv } from '#shared/csv.ts';
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
    const records = parseCsv(text.replace(/^\ufeff/, ''));
    const damaged = records.find(({ problem }) => problem !== null);
    if (damaged) throw new Error(`${name}: line ${damaged.row}: ${damaged.problem}`);
    const [head, ...body] = records.map(({ fields }) => fields);
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

function csvText(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map((cell) => csvField(escapeFormula(cell))).join(',')}\r\n`).join('');
}
