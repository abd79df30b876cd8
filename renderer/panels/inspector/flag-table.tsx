import { ChevronRight } from 'lucide-react';
import { Button as AriaButton, Disclosure, DisclosurePanel } from 'react-aria-components';
import { FLAG_MEANINGS } from '../../ui/flag-meanings.ts';

/** All flags of an entry with their meaning. */
export function FlagTable() {
  return (
    <Disclosure className="disclosure">
      <AriaButton slot="trigger" className="disclosure__button">
        <ChevronRight className="icon disclosure__mark" aria-hidden />
        Flags of an entry
      </AriaButton>
      <DisclosurePanel className="disclosure__panel">
        <table className="flag-table" aria-label="Flags of an entry">
          <tbody>
            {FLAG_MEANINGS.map(([name, meaning]) => (
              <tr key={name}>
                <th scope="row" className="mono">
                  {name}
                </th>
                <td className="dim">{meaning}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </DisclosurePanel>
    </Disclosure>
  );
}
