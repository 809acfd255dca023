"""A user without a mouse: talks to the window over the accessibility bus.

Run by the system's own Python, which has pyatspi; hears JSON lines on stdin and answers on
the descriptor that it is given, because the bus's own programs write to stdout. Imports only the
standard library and pyatspi.
"""

import json
import os
import subprocess
import sys
import time

import pyatspi  # pyright: ignore[reportMissingImports]
from gi.repository import GLib  # pyright: ignore[reportMissingImports]

FOUND_EVERY_S = 0.05


class Bus:
    """The window's program and its tree."""

    process: subprocess.Popen

    # ---- the program ----------------------------------------------------------------------------

    def start(self, command, environment):
        with open(environment["PIXELSMILE_TEST_LOG"], "ab") as log:
            self.process = subprocess.Popen(
                command,
                env=os.environ | environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        return self.process.pid

    def application(self):
        desktop = pyatspi.Registry.getDesktop(0)
        for program in desktop:
            if program is not None and program.get_process_id() == self.process.pid:
                return program
        raise LookupError("the window's program is not on the bus")

    def wait(self, timeout_s):
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None

    def stop(self):
        if hasattr(self, "process") and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()

    def kill(self):
        self.process.kill()
        return self.process.wait()

    # ---- the tree -------------------------------------------------------------------------------

    def walk(self, node=None, depth=0):
        node = self.application() if node is None else node
        try:
            children = list(node)
        except GLib.Error:
            return
        for child in children:
            if child is None:
                continue
            yield child
            if depth < 40:
                yield from self.walk(child, depth + 1)

    def find(self, name, roles, showing=True):
        return next((one for one in self.walk() if self.is_it(one, name, roles, showing)), None)

    def is_it(self, node, name, roles, showing=True):
        try:
            if not node.name.startswith(name) or (roles and node.getRoleName() not in roles):
                return False
            return not showing or node.getState().contains(pyatspi.STATE_SHOWING)
        except GLib.Error:
            return False

    def wait_for(self, name, roles, timeout_s=10.0, showing=True):
        deadline = time.monotonic() + timeout_s
        while True:
            try:
                node = self.find(name, roles, showing)
            except LookupError:
                node = None
            if node is not None:
                return node
            if time.monotonic() > deadline:
                raise LookupError(f"nothing is called {name!r} with a role of {roles}")
            time.sleep(FOUND_EVERY_S)

    def exists(self, name, roles, timeout_s, showing=True):
        try:
            node = self.wait_for(name, roles, timeout_s, showing)
        except LookupError:
            return None
        return node.name

    def describe(self, name, roles, timeout_s):
        node = self.wait_for(name, roles, timeout_s)
        return {
            "name": node.name,
            "role": node.getRoleName(),
            "description": node.description,
            "states": [pyatspi.stateToString(one) for one in node.getState().getStates()],
            "actions": self.actions(node),
            "interfaces": pyatspi.listInterfaces(node),
        }

    def actions(self, node):
        try:
            actions = node.queryAction()
        except NotImplementedError:
            return []
        return [actions.getName(i) for i in range(actions.nActions)]

    def items(self, name, roles, timeout_s):
        node = self.wait_for(name, roles, timeout_s)
        return [one.name for one in node if one is not None]

    def table(self, name, timeout_s):
        node = self.wait_for(name, ["table", "tree table"], timeout_s)
        table = node.queryTable()
        return [
            [table.getAccessibleAt(row, column).name for column in range(table.nColumns)]
            for row in range(table.nRows)
        ]

    def value(self, name, roles, timeout_s):
        return self.wait_for(name, roles, timeout_s).queryValue().currentValue

    def set_value(self, name, roles, value, timeout_s):
        self.wait_for(name, roles, timeout_s).queryValue().currentValue = value

    def press(self, name, roles, timeout_s, action="", last=False):
        node = self.wait_for(name, roles, timeout_s)
        if last:
            node = [one for one in self.walk() if self.is_it(one, name, roles)][-1]
        actions = node.queryAction()
        wanted = [i for i in range(actions.nActions) if actions.getName(i).lower() == action]
        actions.doAction(wanted[0] if wanted else 0)

    def select(self, name, roles, items, timeout_s):
        """Select the items of a list whose names begin so."""
        deadline = time.monotonic() + timeout_s
        while True:
            node = self.wait_for(name, roles, timeout_s)
            names = [one.name if one is not None else "" for one in node]
            places = [
                next((i for i, there in enumerate(names) if there.startswith(one)), None)
                for one in items
            ]
            if None not in places:
                break
            if time.monotonic() > deadline:
                raise LookupError(f"{items} are not all among {names[:20]}")
            time.sleep(FOUND_EVERY_S)
        selection = node.querySelection()
        selection.clearSelection()
        for place in places:
            selection.selectChild(place)
        return [
            child.name
            for child in (selection.getSelectedChild(i) for i in range(selection.nSelectedChildren))
            if child
        ]

    def choose(self, name, item, timeout_s):
        """Choose in a combo box, whose list has the name of its label and stays closed."""
        node = self.wait_for(name, ["list"], timeout_s, showing=False)
        names = [one.name for one in node]
        node.querySelection().selectChild(names.index(item))

    def type_text(self, name, roles, text, timeout_s):
        node = self.wait_for(name, roles, timeout_s)
        node.queryEditableText().setTextContents(text)

    def focus(self, name, roles, timeout_s):
        return self.wait_for(name, roles, timeout_s).queryComponent().grabFocus()

    def unnamed(self):
        """Controls on the screen that a screen reader cannot tell apart."""
        controls = {
            *("push button", "button", "toggle button", "check box", "radio button", "link"),
            *("slider", "spin button", "combo box", "text", "entry", "list", "list item"),
            *("table", "tree", "tree table", "menu item", "page tab"),
        }
        found = []
        for node in self.walk():
            try:
                is_shown = node.getState().contains(pyatspi.STATE_SHOWING)
                if is_shown and node.getRoleName() in controls and not node.name.strip():
                    parent = node.parent
                    found.append(f"{node.getRoleName()} in {parent.getRoleName()} {parent.name!r}")
            except GLib.Error:
                continue
        return found

    def dump(self):
        lines = []

        def down(node, depth):
            for child in node:
                if child is None:
                    continue
                showing = child.getState().contains(pyatspi.STATE_SHOWING)
                hidden = "" if showing else " (hidden)"
                lines.append(f"{'  ' * depth}{child.getRoleName()}: {child.name!r}{hidden}")
                if depth < 14 and child.childCount < 200:
                    down(child, depth + 1)

        down(self.application(), 0)
        return lines

    def answer_times(self, seconds, slider=""):
        """How long the window takes to answer small questions, in milliseconds.

        `slider`: the name of one that is moved before each question.
        """
        times, until = [], time.monotonic() + seconds
        frame = self.application()[0]
        value = self.wait_for(slider, ["slider"]).queryValue() if slider else None
        while time.monotonic() < until:
            if value is not None:
                value.currentValue = 1 + len(times) * 3 % 140
            started = time.monotonic()
            frame.clear_cache()
            frame.getState()
            frame.get_child_count()
            times.append(1e3 * (time.monotonic() - started))
            time.sleep(0.02)
        return times


def main():
    answers = os.fdopen(int(sys.argv[1]), "w")
    bus = Bus()
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"result": getattr(bus, request.pop("do"))(**request)}
        except (LookupError, NotImplementedError, ValueError, GLib.Error) as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)
    bus.stop()


if __name__ == "__main__":
    main()
