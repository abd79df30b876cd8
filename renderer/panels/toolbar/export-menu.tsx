import { Download } from 'lucide-react';
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { useActions } from '../../actions/context.ts';

/** Every export of the registry. */
export function ExportMenu() {
  const registry = useActions();
  return (
    <MenuTrigger>
      <Button className="button button--quiet button--icon" aria-label="Export">
        <Download className="icon" aria-hidden />
      </Button>
      <Popover className="popover" offset={6} placement="bottom end">
        <Menu className="menu" aria-label="Export" onAction={(id) => registry.run(String(id))}>
          {registry.actions
            .filter(({ group }) => group === 'Export')
            .map(({ id, title }) => (
              <MenuItem key={id} id={id} className="menu__item" textValue={title}>
                {title}
              </MenuItem>
            ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
