import { csvFormatRows } from 'd3';
import type { WritersReply } from '#shared/contract/writers.ts';
import { speedscopeProfile } from '#shared/writers/speedscope.ts';
import { foldedStacks, stacksOf } from '#shared/writers/stacks.ts';
import { WRITER_COLUMNS, writerTable } from '#shared/writers/table.ts';
import { escapeFormula } from '#shared/csv.ts';
import { exportFile, type ExportHost } from './export-file.ts';

/** The forms in which writers are exported, with the menu's word for each. */
export const WRITER_FORMS = {
  csv: 'CSV table',
  json: 'JSON',
  folded: 'Folded stacks',
  speedscope: 'Speedscope profile',
} as const;
export type WriterForm = keyof typeof WRITER_FORMS;

/** Saves writers where the user selects. */
export function exportWriters(host: ExportHost, form: WriterForm, reply: WritersReply): Promise<void> {
  const kind = form === 'speedscope' ? 'json' : form;
  const what = form === 'speedscope' ? 'writers.speedscope' : 'writers';
  return exportFile(host, kind, what, () => writersText(form, reply));
}

/** The contents of the file. CSV and JSON have a row for each writing instruction of a thread, the others its stacks. */
export function writersText(form: WriterForm, reply: WritersReply): string {
  switch (form) {
    case 'csv':
      return `${csvFormatRows([
        [...WRITER_COLUMNS],
        ...writerTable(reply).map((row) => row.map((cell) => escapeFormula(cell ?? ''))),
      ])}\n`;
    case 'json':
      return `${JSON.stringify(
        writerTable(reply).map((row) => Object.fromEntries(WRITER_COLUMNS.map((name, i) => [name, row[i]]))),
        null,
        2,
      )}\n`;
    case 'folded':
      return foldedStacks(stacksOf(reply));
    case 'speedscope':
      return `${JSON.stringify(speedscopeProfile(stacksOf(reply), 'writers'))}\n`;
  }
}
