"""Prints one line per claim and remembers whether any of them was false.

A program makes a Claims, gives each scenario to run(), and exits with exit_code(). A scenario that
raises or does not end in time is a failed claim; the scenarios after it still run.
"""

import asyncio
import sys
import traceback

SKIPPED = 77
SCENARIO_SECONDS = 30


def skip(why):
    """Ends the program the way ctest counts as skipped."""
    print(f"skipped: {why}")
    sys.exit(SKIPPED)


class Claims:
    def __init__(self):
        self._held = 0
        self._failed = 0
        self._scenario = ""

    def holds(self, condition, claim, detail=""):
        """One claim, true or not; the detail is printed when it is not."""
        if condition:
            self._held += 1
            print(f"ok   {self._scenario}: {claim}", flush=True)
            return
        self._failed += 1
        print(f"FAIL {self._scenario}: {claim}", flush=True)
        if detail:
            print(f"     {detail}", flush=True)

    def equal(self, got, wanted, claim):
        self.holds(got == wanted, claim, f"wanted {wanted!r:.400}\n     got    {got!r:.400}")

    async def run(self, scenario, *arguments, seconds=SCENARIO_SECONDS):
        self._scenario = scenario.__name__
        try:
            async with asyncio.timeout(seconds):
                await scenario(self, *arguments)
        except Exception:
            self.holds(False, "the scenario runs to its end")
            traceback.print_exc(file=sys.stdout)

    def exit_code(self):
        print(f"{self._held} claims hold, {self._failed} do not")
        return 1 if self._failed or not self._held else 0
