# SPDX-License-Identifier: MIT
"""
controller.py [OPTION...] JOB.yaml: a stand-in for the controller of Kubernetes, for indexed jobs. It is not Kubernetes:
a pod is a process of this machine, and there are no nodes, images or limits. What it does with indexes, exit statuses
and deleted pods is as in https://kubernetes.io/docs/concepts/workloads/controllers/job/ (1.33):

    completions, parallelism        so many indexes, and so many pods at a time
    backoffLimit, ...PerIndex       so many failures are repeated, of all or of each index
    maxFailedIndexes                more of them end the job
    podFailurePolicy                the first rule that fits says: Ignore, Count, FailIndex, FailJob
    restartPolicy                   Never: a failed pod is another pod then. OnFailure is refused
    terminationGracePeriodSeconds   between SIGTERM and SIGKILL of a pod that is deleted

The container's command runs with JOB_COMPLETION_INDEX in its environment, and, which Kubernetes does not have,
STAND_IN_TRY: how many pods of the index there were before. Arguments below a mountPath are below the
folder that --volume gives to this volume. What happens to pods is asked for by options:

    --evict=INDEX:MS[:TIMES]        SIGTERM so long after a pod of this index begins, the condition is DisruptionTarget
    --lose=INDEX:MS[:TIMES]         SIGKILL: its node is gone. A pod then counts as failed with 137

It prints one line of JSON, and exits with 0 when the job is complete, or 1 when it has failed.
"""

import argparse
import json
import os
import subprocess
import sys
import time

import yaml  # type: ignore

TICK = 0.01  # seconds
UNKNOWN = {"suspend", "successPolicy", "managedBy", "activeDeadlineSeconds"}


class Pod:
    """One try of an index, and what is going to befall it."""

    def __init__(self, job, index):
        self.index, self.began, self.disrupted, self.killed_at = index, time.monotonic(), False, None
        self.events = [event for event in job.events if event.index == index and event.times > 0][:1]
        for event in self.events:
            event.times -= 1
        own = {"JOB_COMPLETION_INDEX": str(index), "STAND_IN_TRY": str(job.tries[index])}
        job.tries[index] += 1
        self.process = subprocess.Popen(job.command, env={**os.environ, **own})

    def suffer(self, grace):
        now = time.monotonic()
        for event in self.events:
            if now < self.began + event.seconds or self.process.poll() is not None:
                continue
            self.events = []
            if event.lose:
                self.process.kill()
            else:
                self.disrupted, self.killed_at = True, now + grace
                self.process.terminate()
        if self.killed_at is not None and now >= self.killed_at:
            self.process.kill()

    def status(self):
        """None while it runs."""
        code = self.process.poll()
        return code if code is None or code >= 0 else 128 - code


class Event:
    def __init__(self, lose, text):
        numbers = [int(number) for number in text.split(":")]
        self.lose, self.index, self.seconds = lose, numbers[0], numbers[1] / 1000
        self.times = numbers[2] if len(numbers) > 2 else 1


class Job:
    def __init__(self, spec, volumes, events):
        unknown = UNKNOWN & set(spec)
        template = spec["template"]["spec"]
        if unknown or spec.get("completionMode") != "Indexed" or template.get("restartPolicy") != "Never":
            what = sorted(unknown) or "completionMode, restartPolicy"
            sys.exit(f"controller.py: not a job that this stand-in knows: {what}")
        self.events = events
        self.parallelism = spec.get("parallelism", 1)
        self.per_index = spec.get("backoffLimitPerIndex")
        self.limit = spec.get("backoffLimit", 6 if self.per_index is None else 2**31 - 1)
        self.most_failed = spec.get("maxFailedIndexes", 2**31 - 1)
        self.rules = spec.get("podFailurePolicy", {}).get("rules", [])
        self.grace = template.get("terminationGracePeriodSeconds", 30)
        self.command = command_of(template["containers"][0], template.get("volumes", []), volumes)
        self.waiting = list(range(spec["completions"]))
        self.failures = dict.fromkeys(self.waiting, 0)
        self.tries = dict.fromkeys(self.waiting, 0)
        self.pods: list[Pod] = []
        self.done: list[int] = []
        self.failed: list[int] = []
        self.counts = {"pods": 0, "ignored": 0, "counted": 0}
        self.over = False

    def run(self):
        while (self.waiting or self.pods) and not self.over:
            while self.waiting and len(self.pods) < self.parallelism:
                self.pods.append(Pod(self, self.waiting.pop(0)))
                self.counts["pods"] += 1
            time.sleep(TICK)
            for pod in list(self.pods):
                pod.suffer(self.grace)
                if pod.status() is not None:
                    self.pods.remove(pod)
                    self.end(pod)
        self.stop()

    def end(self, pod):
        if pod.status() == 0:
            self.done.append(pod.index)
            return
        action = self.action(pod)
        if action == "FailJob":
            self.over = True
        if action in ("FailJob", "FailIndex"):
            self.failed.append(pod.index)
        elif action == "Ignore":
            self.counts["ignored"] += 1
            self.waiting.append(pod.index)
        else:
            self.count(pod.index)
        self.over = self.over or len(self.failed) > self.most_failed

    def count(self, index):
        self.counts["counted"] += 1
        self.failures[index] += 1
        if self.per_index is not None and self.failures[index] > self.per_index:
            self.failed.append(index)
        elif self.counts["counted"] > self.limit:
            self.over = True
        else:
            self.waiting.append(index)

    def action(self, pod):
        return next((rule["action"] for rule in self.rules if fits(rule, pod)), "Count")

    def stop(self):
        """A job that has failed ends its other pods."""
        for pod in self.pods:
            pod.process.terminate()
        for pod in self.pods:
            try:
                pod.process.wait(self.grace)
            except subprocess.TimeoutExpired:
                pod.process.kill()
                pod.process.wait()

    def result(self):
        complete = not self.over and not self.failed
        return {
            "stand-in": True,
            "condition": "Complete" if complete else "Failed",
            "completedIndexes": sorted(self.done),
            "failedIndexes": sorted(self.failed),
            **self.counts,
        }


def fits(rule, pod):
    if "onPodConditions" in rule:
        return pod.disrupted and any(one["type"] == "DisruptionTarget" for one in rule["onPodConditions"])
    codes = rule["onExitCodes"]
    return (pod.status() in codes["values"]) == (codes["operator"] == "In")


def command_of(container, declared, volumes):
    """Its command, where a path below a mountPath is one below the volume's folder, and $$ is $."""
    names = {one["name"] for one in declared}
    wanted = [mount for mount in container.get("volumeMounts", []) if mount["name"] in names]
    mounts = {mount["mountPath"]: volumes[mount["name"]] for mount in wanted}
    command = []
    for argument in container["command"] + container.get("args", []):
        for path, folder in mounts.items():
            if argument == path or argument.startswith(path + "/"):
                argument = folder + argument[len(path) :]
        command.append(argument.replace("$$", "$"))
    return command


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--volume", action="append", default=[], metavar="NAME=FOLDER")
    parser.add_argument("--evict", action="append", default=[])
    parser.add_argument("--lose", action="append", default=[])
    parser.add_argument("file")
    options = parser.parse_args()
    with open(options.file, encoding="utf-8") as file:
        spec = yaml.safe_load(file)["spec"]
    events = [Event(False, text) for text in options.evict] + [Event(True, text) for text in options.lose]
    job = Job(spec, dict(volume.split("=", 1) for volume in options.volume), events)
    job.run()
    print(json.dumps(job.result()))
    return 0 if job.result()["condition"] == "Complete" else 1


sys.exit(main())
