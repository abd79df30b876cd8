import type { WritersReply } from '#shared/contract/writers.ts';
import { exportWriters, WRITER_FORMS, type WriterForm } from '../../export/writers.ts';
import { useModel } from '../../model/context.ts';
import { Button } from '../../ui/button.tsx';

/** Saves what the tab shows, in one of the forms. */
export function WriterExport({ reply }: { readonly reply: WritersReply }) {
  const { session, attempt } = useModel();
  return (
    <div className="writers__buttons writers__export" role="group" aria-label="Export writers">
      <span className="dim">Export</span>
      {Object.entries(WRITER_FORMS).map(([form, title]) => (
        <Button
          key={form}
          kind="quiet"
          onPress={() => void exportWriters({ session, attempt }, form as WriterForm, reply)}
        >
          {title}
        </Button>
      ))}
    </div>
  );
}
