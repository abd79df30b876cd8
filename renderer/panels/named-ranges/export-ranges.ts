import { formatCsv, formatJson } from '#shared/ranges/exchange.ts';
import { exportFile } from '../../export/export-file.ts';
import type { AppModel } from '../../model/app-model.ts';

/** Saves all named ranges where the user selects. */
export function exportRanges(model: AppModel, kind: 'csv' | 'json'): Promise<void> {
  const { all } = model.namedRanges.store.getState();
  return exportFile(model, kind, 'named ranges', () => (kind === 'csv' ? formatCsv(all) : formatJson(all)));
}
