import { Eye, Pencil } from 'lucide-react';
import { useActions } from '../../actions/context.ts';
import { useModel, useSteps, useView } from '../../model/context.ts';
import { Button } from '../../ui/button.tsx';
import { Checkbox } from '../../ui/fields.tsx';

/** What can be done with the page of the walk: an access step by step; how much of the tables is drawn. */
export function WalkControls({ page }: { readonly page: number }) {
  const { steps, view } = useModel();
  const actions = useActions();
  const stepping = useSteps(({ state }) => state !== null);
  const whole = useView((settings) => settings.walkTables);
  const key = (id: string): { shortcut?: string } => {
    const shortcut = actions.keyOf(id);
    return shortcut === undefined ? {} : { shortcut };
  };
  return (
    <div className="walkview__controls">
      {stepping && (
        <>
          <Button icon={Eye} {...key('steps.read')} onPress={() => void steps.access(page, false)}>
            Read this page
          </Button>
          <Button icon={Pencil} {...key('steps.write')} onPress={() => void steps.access(page, true)}>
            Write this page
          </Button>
        </>
      )}
      <Checkbox isSelected={whole} onChange={(walkTables) => view.setState({ walkTables })}>
        Whole tables
      </Checkbox>
    </div>
  );
}
