import { Pause, Play, SlidersHorizontal, StepForward } from 'lucide-react';
import { Button as AriaButton, Dialog, DialogTrigger, Popover } from 'react-aria-components';
import type { SessionState } from '#shared/contract/session-state.ts';
import { useModel, useSession } from '../../model/context.ts';
import { IconButton } from '../../ui/button.tsx';
import { formatCount } from '../../ui/format.ts';
import { ParameterFields } from '../../ui/parameter-fields.tsx';

type Source = NonNullable<SessionState['source']>;

interface ProgramControlsProps {
  readonly source: Source;
  /** Whether it can still be controlled. */
  readonly isLive: boolean;
}

/** What can be done to the program itself, as far as the source allows it; what it does not allow is not shown. */
export function ProgramControls({ source, isLive }: ProgramControlsProps) {
  const model = useModel();
  const { capabilities, running, settings, values } = source;
  const can = (action: Source['capabilities']['control'][number]): boolean =>
    capabilities.control.includes(action);
  if (capabilities.control.length === 0 && settings.length === 0) return null;
  return (
    <div className="toolbar__group" role="group" aria-label="Program">
      <span className="toolbar__caption">Program</span>
      {can('pause') && running !== false && (
        <IconButton
          label="Pause program"
          icon={Pause}
          isDisabled={!isLive}
          onPress={() => void model.source.control('pause')}
        />
      )}
      {can('continue') && running !== true && (
        <IconButton
          label="Resume program"
          icon={Play}
          isDisabled={!isLive}
          onPress={() => void model.source.control('continue')}
        />
      )}
      {can('step') && (
        <IconButton
          label="Step program"
          icon={StepForward}
          isDisabled={!isLive}
          onPress={() => void model.source.control('step')}
        />
      )}
      {settings.length > 0 && (
        <DialogTrigger>
          <AriaButton
            className="button button--quiet button--icon"
            aria-label="Program settings"
            isDisabled={!isLive}
          >
            <SlidersHorizontal className="icon" aria-hidden />
          </AriaButton>
          <Popover className="popover" offset={6} placement="bottom start">
            <Dialog className="toolbar__settings" aria-label="Program settings">
              <ParameterFields
                parameters={settings}
                values={values}
                onChange={(name, value) => void model.source.set(name, value)}
              />
            </Dialog>
          </Popover>
        </DialogTrigger>
      )}
      <ProgramStep />
    </div>
  );
}

/** How far a simulated program is: apart from the buttons, since it changes several times a second. */
function ProgramStep() {
  const step = useSession((session) => session.step);
  if (step === null) return null;
  return (
    <span className="dim num toolbar__step">
      <span className="faint">step</span> {formatCount(step)}
    </span>
  );
}
