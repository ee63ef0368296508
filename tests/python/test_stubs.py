# SPDX-License-Identifier: MIT
"""The stub of the Python package has what the package has: public names, bases, members, parameters in their order."""
import ast
import inspect
import os
import sys
import tempfile
import unittest

PACKAGE = os.path.abspath(sys.argv.pop(1))
sys.path.insert(0, PACKAGE)
sys.argv.pop(1)
import mmview  # noqa: E402

# Methods of the language that a user's type checker asks for.
SPECIAL = {"__init__", "__len__", "__enter__", "__exit__", "__iter__", "__next__", "__array_interface__"}
# What 'options' of the package are: those of options_of() in _shared.py, but what the caller says itself.
OPTIONS = ["permissions", "persist", "any_owner"]
STUB = os.path.join(PACKAGE, "mmview", "__init__.pyi")


def parsed():
    """What the stub says: {name: node}, and for classes {name: {member: node}}."""
    with open(STUB, encoding="utf-8") as file:
        body = ast.parse(file.read()).body
    names, members = {}, {}
    for node in body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            names[node.name] = node
        elif isinstance(node, ast.AnnAssign):
            names[node.target.id] = node
        if isinstance(node, ast.ClassDef):
            members[node.name] = {
                (one.target.id if isinstance(one, ast.AnnAssign) else one.name): one
                for one in node.body
                if isinstance(one, (ast.FunctionDef, ast.AnnAssign))
            }
    return names, members


def parameters_of(node):
    """[(name, kind, whether it may be left out)] of a function of the stub."""
    arguments = node.args
    first = [one.arg for one in arguments.args]
    free = len(first) - len(arguments.defaults)
    found = [(name, "any", place >= free) for place, name in enumerate(first)]
    if arguments.vararg:
        found.append((arguments.vararg.arg, "rest", False))
    found += [(one.arg, "named", value is not None) for one, value in zip(arguments.kwonlyargs, arguments.kw_defaults)]
    if arguments.kwarg:
        found.append((arguments.kwarg.arg, "options", False))
    return found


# Those of whose objects test_objects_have_the_fields() makes one.
MADE = {"Map", "NamedMap", "View", "Job", "Image", "Mutex", "Event", "Semaphore", "Sender", "Receiver"}
KINDS = {
    inspect.Parameter.POSITIONAL_OR_KEYWORD: "any",
    inspect.Parameter.VAR_POSITIONAL: "rest",
    inspect.Parameter.KEYWORD_ONLY: "named",
    inspect.Parameter.VAR_KEYWORD: "options",
}


def parameters_in(function, spelled):
    """The same of a function of the package; 'spelled': the stub says which options there are."""
    found = []
    for one in inspect.signature(function).parameters.values():
        kind, has_default = KINDS[one.kind], one.default is not inspect.Parameter.empty
        if kind == "options" and spelled:
            found += [(name, "named", True) for name in OPTIONS]
        else:
            found.append((one.name, kind, has_default))
    return found


def members_of(kind):
    """The public members that a class of the package and its bases of ours define, and fields that it annotates."""
    found = {}
    for base in reversed([base for base in kind.__mro__ if base.__module__.startswith("mmview")]):
        found.update({name: None for name in base.__dict__.get("__annotations__", {})})
        found.update(vars(base))
    return {name: one for name, one in found.items() if not name.startswith("_") or name in SPECIAL}


class Stubs(unittest.TestCase):
    def setUp(self):
        self.names, self.members = parsed()

    def classes(self):
        for name in mmview.__all__:
            if inspect.isclass(getattr(mmview, name)):
                yield name, getattr(mmview, name)

    def said(self, name):
        """Members that the stub gives a class, with those of its bases."""
        found = {}
        for base in self.names[name].bases:
            if base.id in self.names:
                found.update(self.said(base.id))
        found.update(self.members[name])
        return found

    def same_parameters(self, name, node, function):
        mine = parameters_of(node)
        spelled = not any(kind == "options" for _, kind, _ in mine)
        self.assertEqual(mine, parameters_in(function, spelled), name)

    def test_public_names(self):
        self.assertEqual({name for name in self.names if not name.startswith("_") or name == "__version__"},
                         set(mmview.__all__))

    def test_functions(self):
        for name in mmview.__all__:
            function = getattr(mmview, name)
            if inspect.isfunction(function):
                self.same_parameters(name, self.names[name], function)

    def test_bases(self):
        for name, kind in self.classes():
            own = [base.__name__ for base in kind.__bases__ if base in vars(mmview).values()]
            others = [base.__name__ for base in kind.__bases__ if base.__module__ == "builtins" and base is not object]
            self.assertEqual(sorted(base.id for base in self.names[name].bases), sorted(own + others), name)

    def test_members(self):
        for name, kind in self.classes():
            said, there = self.said(name), members_of(kind)
            missing = set(there) - set(said) - {"__init__"}
            self.assertFalse(missing, f"{name}: not in the stub")
            # Fields are made when an object is: see test_objects_have_the_fields().
            for member in set(said) - set(there):
                self.assertIsInstance(said[member], ast.AnnAssign, f"{name}.{member}: not there")
                self.assertIn(name, MADE, f"{name}.{member}: nobody looks whether it is there")

    def test_parameters_of_methods(self):
        for name, kind in self.classes():
            for member, node in self.said(name).items():
                function = inspect.getattr_static(kind, member, None)
                if isinstance(node, ast.FunctionDef) and inspect.isfunction(function):
                    self.same_parameters(f"{name}.{member}", node, function)

    def look(self, made):
        for member in self.said(type(made).__name__):
            nothing = inspect.getattr_static(made, member, STUB) is STUB
            self.assertFalse(nothing, f"{type(made).__name__}.{member}: not there")

    def test_objects_have_the_fields(self):
        with tempfile.TemporaryDirectory() as folder, mmview.open(os.path.join(folder, "data"), "w+", 4096) as file:
            self.look(file)
            view = file.view()
            self.look(view)
            view.close()
            with mmview.job(file, "nothing") as job:
                self.look(job)
            self.look(mmview.Image(None, None))
        if "locks" in os.environ.get("MMVIEW_TEST_WITHOUT", "").split(","):
            self.skipTest("this library has no names that go with their users")
        name = f"python-stubs-{os.getpid()}"
        for make in (mmview.Mutex, mmview.Event, mmview.Semaphore, mmview.Sender, mmview.Receiver):
            made = make(f"{name}-{make.__name__}")
            self.look(made)
            made.close()
        with mmview.named(name, "x+", 4096) as made:
            self.look(made)


unittest.main()
