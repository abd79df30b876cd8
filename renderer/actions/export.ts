import { renderMapPng, renderMapSvg } from '../heatmap/export/render.ts';
import { vmasCsv, writtenCsv } from '../export/csv.ts';
import { exportFile } from '../export/export-file.ts';
import { canSnapshot, saveSnapshot } from '../export/snapshot.ts';
import type { Action } from './action.ts';

/** What is seen, as files for other programs. */
export const exportActions: readonly Action[] = [
  {
    id: 'export.png',
    title: 'Export the map as a PNG picture',
    group: 'Export',
    words: 'save image screenshot',
    run: ({ inspector, map }) => void exportFile(inspector, 'png', 'map', () => renderMapPng(map)),
  },
  {
    id: 'export.svg',
    title: 'Export the map as an SVG picture',
    group: 'Export',
    words: 'save image vector',
    run: ({ inspector, map }) => void exportFile(inspector, 'svg', 'map', () => renderMapSvg(map)),
  },
  {
    id: 'export.snapshot',
    title: 'Save one exact moment of the chosen pages',
    group: 'Export',
    words: 'snapshot bytes contents dump memory binary ptrace freeze',
    available: ({ inspector }) => canSnapshot(inspector),
    run: ({ inspector }) => void saveSnapshot(inspector),
  },
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
