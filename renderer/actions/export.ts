import { vmasCsv, writtenCsv } from '../session/csv.ts';
import { exportFile } from '../session/export.ts';
import type { Action } from './action.ts';

/** What is seen, as files for other programs. */
export const exportActions: readonly Action[] = [
  {
    id: 'export.vmas',
    title: 'Export the mappings as a CSV table',
    group: 'Export',
    words: 'save vma file spreadsheet',
    run: ({ inspector }) => void exportFile(inspector, 'csv', 'mappings', () => vmasCsv(inspector.frames)),
  },
  {
    id: 'export.written',
    title: 'Export the written pages as a CSV table',
    group: 'Export',
    words: 'save dirty file spreadsheet',
    run: ({ inspector }) =>
      void exportFile(inspector, 'csv', 'written pages', () => writtenCsv(inspector.frames)),
  },
];
