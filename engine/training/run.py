"""The loop: prepare, step, save, validate; on one process or many, from the start or from where
it was."""

import contextlib
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec
import torch
from torch import nn

from engine.editors.pixelsmile.memory import is_out_of_memory
from engine.training.base import Place, Trained, load_trained, load_vae, place_of
from engine.training.batch import collate
from engine.training.checkpoint import (
    State,
    checkpoints,
    fingerprint_of,
    load_checkpoint,
    optimizer_tensors,
    read_state,
    restore_optimizer,
    restore_weights,
    save_checkpoint,
)
from engine.training.config import Config, save_config
from engine.training.data.dataset import read_triplets
from engine.training.data.triplets import Triplet
from engine.training.ema import Ema
from engine.training.errors import TrainingError
from engine.training.export import save_lora
from engine.training.gradients import FlatGradients
from engine.training.layers import trained_weights
from engine.training.metrics import Metrics
from engine.training.prepare import load_clip, load_face, prepare
from engine.training.requests import Requests, listening
from engine.training.schedule import (
    Order,
    draw_noise,
    draw_timesteps,
    generator,
    learning_rate,
    positions_of,
)
from engine.training.step import Networks, StepLosses, losses_of
from engine.training.validate import Sampler, validate

CONFIG = "config.json"
_TERMS = ("total", "flow", "contrast", "identity", "faces")
_MOST_SKIPPED = 20

OnRow = Callable[[Mapping[str, Any]], None]
"""Called with every row that is written to the metrics, and with `preparing` rows."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        lora: the finished file; None when the run was stopped.
    """

    state: Literal["finished", "stopped"]
    step: int
    total: int
    lora: Path | None


def train(config: Config, *, resume: bool, on_row: OnRow = lambda row: None) -> Outcome:
    """Train until the end, or until it is asked to stop; then all is saved.

    Args:
        resume: go on from the newest whole checkpoint; from the start when there is none.

    Raises `TrainingError`, `PixelSmileError`, `WeightsError` or `PhotoError` with a sentence.
    """
    from accelerate import Accelerator

    wants_cpu = config.machine.device == "cpu" or not torch.cuda.is_available()
    if config.machine.device == "cuda" and wants_cpu:
        raise TrainingError("no_gpu", "machine.device is cuda and there is none", "set it to auto")
    accelerator = Accelerator(cpu=wants_cpu)
    folder = Path(config.run.folder)
    triplets = read_triplets(config)
    start = _checkpoint_to_start_from(config, folder, triplets, resume=resume)
    if accelerator.is_main_process:
        _open_folder(config, folder)
    accelerator.wait_for_everyone()
    metrics = Metrics(folder) if accelerator.is_main_process else None
    try:
        return _Training(config, accelerator, metrics, on_row, triplets).run(start)
    except (RuntimeError, MemoryError) as error:
        if metrics is not None:
            metrics.status("failed", reason=str(error)[:300])
        if not is_out_of_memory(error):
            raise
        raise TrainingError(
            "out_of_memory",
            "the memory does not suffice for a step",
            "make optimisation.micro_batch smaller, set machine.gradient_checkpointing, or set "
            'model.precision = "int4"',
        ) from error
    except BaseException as error:
        if metrics is not None:
            with contextlib.suppress(OSError):
                metrics.status("failed", reason=str(error)[:300])
        raise


def data_fingerprint(config: Config, triplets: Sequence[Triplet]) -> str:
    """Of what decides which weights come out; not of paths, which differ between machines."""
    shown = [
        [(one.expression, one.scores, one.picture.box) for one in triplet.targets]
        for triplet in triplets
    ]
    alone = msgspec.structs.replace(config.optimisation, micro_batch=1, max_steps=0)
    return fingerprint_of(
        shown, alone, config.run.seed, config.lora, config.losses, config.schedule, config.ema,
        config.look.expressions, config.data.side_px, config.data.resize, config.data.subject,
    )  # fmt: skip


def _checkpoint_to_start_from(
    config: Config, folder: Path, triplets: Sequence[Triplet], *, resume: bool
) -> Path | None:
    """The newest whole one; None at the start of a run. Nothing is written before it is agreed."""
    found = checkpoints(folder)
    if not found:
        return None
    if not resume:
        raise TrainingError(
            "run_exists",
            f"the folder {folder.name} holds a run already",
            "resume it, or name another run.folder",
        )
    if read_state(found[-1]).fingerprint != data_fingerprint(config, triplets):
        raise TrainingError(
            "checkpoint_unfit",
            "the data set or the settings are not those that the run began with",
            "restore them, or start a new run with model.start set to its LoRA",
        )
    return found[-1]


def _open_folder(config: Config, folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        save_config(config, folder / CONFIG)
        shutil.rmtree(folder / "requests", ignore_errors=True)
    except OSError as error:
        raise TrainingError(
            "run_unwritable", f"the folder {folder.name} cannot be written", "name another one"
        ) from error


@dataclass
class _Training:
    """One process of a run."""

    config: Config
    accelerator: Any
    metrics: Metrics | None
    on_row: OnRow
    triplets: Sequence[Triplet]
    step: int = 0
    skipped: int = 0

    def run(self, start: Path | None) -> Outcome:
        """Everything, in order; from a checkpoint's folder where there is one."""
        config, accelerator = self.config, self.accelerator
        self.total = config.total_steps(len(self.triplets))
        self.accumulation = config.accumulation(accelerator.num_processes)
        place = place_of(config, accelerator.device)
        self.cache = prepare(
            config,
            place,
            self.triplets,
            process=accelerator.process_index,
            processes=accelerator.num_processes,
            wait=accelerator.wait_for_everyone,
            on_part=self._preparing,
        )
        self._load(place)
        if start is not None:
            self._restore(start)
        with listening(Path(config.run.folder)) as requests:
            stopped = self._steps(requests)
        if stopped:
            self._tell_status("stopped")
            return Outcome("stopped", self.step, self.total, None)
        lora = self._finish()
        return Outcome("finished", self.step, self.total, lora)

    # ---- the beginning

    def _load(self, place: Place) -> None:
        config, main = self.config, self.accelerator.is_main_process
        with self._main_first():
            self.trained: Trained = load_trained(config, place, may_write=main)
        self.weights: dict[str, nn.Parameter] = trained_weights(self.trained.layers)
        if config.machine.shard:
            _shard(self.trained.transformer, self.weights, place)
        needs_pictures = config.losses.contrast > 0 or config.losses.identity > 0
        validates = config.validation.every > 0
        vae = load_vae(place) if needs_pictures or validates else None
        self.networks = Networks(
            transformer=self.trained.transformer,
            rows=self.trained.rows,
            vae=vae,
            clip=load_clip(config, place.device),
            face=load_face(config, place.device),
            device=place.device,
            dtype=place.dtype,
            thrifty=config.machine.gradient_checkpointing,
        )
        settings = config.optimisation
        self.optimizer = torch.optim.AdamW(
            list(self.weights.values()),
            lr=settings.learning_rate,
            betas=(settings.beta1, settings.beta2),
            eps=settings.epsilon,
            weight_decay=settings.weight_decay,
        )
        self.gradients = FlatGradients(list(self.weights.values()))
        self.ema = Ema(self.weights, config.ema.decay) if config.ema.decay else None
        self.order = Order(len(self.triplets), config.run.seed)
        self.fingerprint = data_fingerprint(config, self.triplets)
        self.place = place
        self._sampler: Sampler | None = None

    @contextlib.contextmanager
    def _main_first(self) -> Any:
        """The first process makes what the others then read."""
        if not self.accelerator.is_main_process:
            self.accelerator.wait_for_everyone()
        yield
        if self.accelerator.is_main_process:
            self.accelerator.wait_for_everyone()

    def _restore(self, checkpoint: Path) -> None:
        loaded = load_checkpoint(checkpoint)
        restore_weights(self.weights, loaded.weights)
        restore_optimizer(self.optimizer, self.weights, loaded.optimizer)
        if self.ema is not None:
            restore_weights(self.ema.mean, loaded.mean)
        self.step = loaded.state.step
        self._tell("resumed", step=self.step)

    # ---- the loop

    def _steps(self, requests: Requests) -> bool:
        """Until the end; returns whether it was stopped before."""
        config = self.config
        self._tell(
            "started", step=self.step, total=self.total, triplets=len(self.triplets),
            processes=self.accelerator.num_processes,
        )  # fmt: skip
        if self.step == 0 and config.validation.every:
            self._validate()  # what later ones are compared with
        last_saved = self.step
        while self.step < self.total:
            self._one_step()
            save, stop, sample = self._agreed(requests)
            at_end = self.step == self.total
            if save or stop or at_end or self.step % config.checkpoints.every == 0:
                self._save()
                last_saved = self.step
            every = config.validation.every
            if sample or (every and (self.step % every == 0 or at_end)):
                self._validate()
            if stop and not at_end:
                return True
        if last_saved != self.step:
            self._save()
        return False

    def _one_step(self) -> None:
        config, accelerator = self.config, self.accelerator
        began = time.perf_counter()
        rate = learning_rate(
            self.step, self.total, config.optimisation.learning_rate, config.schedule
        )
        self.gradients.clear()
        sums = torch.zeros(len(_TERMS), device=self.place.device)
        for micro in range(self.accumulation):
            positions = positions_of(
                config, self.step, micro, accelerator.process_index, accelerator.num_processes
            )
            losses = self._losses(positions)
            (losses.total.sum() / config.optimisation.batch).backward()
            sums += torch.stack([getattr(losses, term).detach().sum() for term in _TERMS])
        if accelerator.num_processes > 1:
            self.gradients.share(self._add_up)
            sums = self._add_up(sums)
        norm = self.gradients.clip(config.optimisation.max_grad_norm)
        self._update(rate, norm)
        means = (sums / config.optimisation.batch).tolist()
        seconds = time.perf_counter() - began
        self.step += 1
        row: dict[str, Any] = dict(zip(("loss", *_TERMS[1:]), means, strict=True))
        row["faces"] /= 2
        if self.place.device.type == "cuda":
            row["memory_gb"] = torch.cuda.max_memory_allocated(self.place.device) / 1e9
        self._tell(
            "step",
            step=self.step,
            epoch=self.step * config.optimisation.batch / len(self.triplets),
            **row,
            learning_rate=rate,
            grad_norm=norm,
            seconds=seconds,
        )
        self._tell_status("training")

    def _losses(self, positions: list[int]) -> StepLosses:
        config, seed = self.config, self.config.run.seed
        triplets = [self.triplets[self.order.at(one)] for one in positions]
        looks = self.networks.clip is not None or self.networks.face is not None
        batch = collate(self.cache, triplets, features=looks)
        noise = draw_noise(seed, positions, tuple(batch.source.shape[1:]))
        if config.lora.dropout:
            # The layers draw from the process's own generator; make that a function of the place.
            torch.manual_seed(generator(seed, "dropout", positions[0]).initial_seed())
        timesteps = draw_timesteps(seed, positions)
        return losses_of(self.networks, batch, noise, timesteps, config.losses)

    def _update(self, rate: float, norm: float) -> None:
        if not torch.isfinite(torch.tensor(norm)):
            self.skipped += 1
            if self.skipped >= _MOST_SKIPPED:
                raise TrainingError(
                    "diverged",
                    f"the gradients were no numbers in {self.skipped} steps one after the other",
                    "lower optimisation.learning_rate and go on from an earlier checkpoint",
                )
            return
        self.skipped = 0
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        if self.ema is not None:
            self.ema.update(self.weights, self.step)

    def _add_up(self, tensor: torch.Tensor) -> torch.Tensor:
        return self.accelerator.reduce(tensor, reduction="sum")

    def _agreed(self, requests: Requests) -> tuple[bool, bool, bool]:
        """What any process was asked, so that all do it after the same step."""
        if self.accelerator.is_main_process:
            requests.look()
        asked = requests.taken()
        if self.accelerator.num_processes == 1:
            return asked
        flags = torch.tensor(asked, dtype=torch.float32, device=self.place.device)
        save, stop, sample = (self._add_up(flags) > 0).tolist()
        return save, stop, sample

    # ---- what is kept

    def _save(self) -> None:
        if self.accelerator.is_main_process:
            state = State(
                step=self.step,
                position=self.step * self.config.optimisation.batch,
                seed=self.config.run.seed,
                triplets=len(self.triplets),
                fingerprint=self.fingerprint,
                sizes={},
            )
            try:
                saved = save_checkpoint(
                    Path(self.config.run.folder),
                    state,
                    self.weights,
                    optimizer_tensors(self.optimizer, self.weights),
                    self.ema.mean if self.ema is not None else {},
                    self.config.checkpoints.keep,
                )
            except OSError as error:
                raise TrainingError(
                    "checkpoint_unwritten",
                    f"the checkpoint of step {self.step} cannot be written ({error.strerror})",
                    "make room on the disk and resume; the one before is whole",
                ) from error
            self._tell("checkpoint", step=self.step, name=saved.name)
        self.accelerator.wait_for_everyone()

    def _validate(self) -> None:
        # Sharded weights are fetched together, so all processes must take part.
        if self.accelerator.is_main_process or self.config.machine.shard:
            folder = Path(self.config.run.folder) / "validation" / f"step-{self.step:08d}"
            transformer = self.trained.transformer
            transformer.eval()
            with self._mean_in_place():
                figures = validate(
                    self.config,
                    self.cache,
                    self.triplets,
                    self._make_sampler(),
                    self.networks.vae or load_vae(self.place),
                    self.networks.face,
                    folder if self.accelerator.is_main_process else None,
                )
            transformer.train()
            self._tell("validation", step=self.step, **vars(figures))
        self.accelerator.wait_for_everyone()

    def _make_sampler(self) -> Sampler:
        if self._sampler is None:
            from diffusers import FlowMatchEulerDiscreteScheduler

            scheduler = FlowMatchEulerDiscreteScheduler.from_pretrained(
                self.place.folder / "scheduler", local_files_only=True
            )
            side = self.config.data.side_px // 8
            self._sampler = Sampler(self.config, self.networks, self.trained, scheduler, side)
        return self._sampler

    @contextlib.contextmanager
    def _mean_in_place(self) -> Any:
        """The weights that are exported, for the length of the block."""
        if self.ema is None:
            yield
            return
        kept = {name: weight.detach().clone() for name, weight in self.weights.items()}
        restore_weights(self.weights, self.ema.mean)
        try:
            yield
        finally:
            restore_weights(self.weights, kept)

    def _finish(self) -> Path:
        file = Path(self.config.run.folder) / f"{self.config.look.name}.safetensors"
        if self.accelerator.is_main_process:
            weights = self.ema.mean if self.ema is not None else self.weights
            synthetic = any(one.synthetic for one in self.triplets)
            save_lora(file, weights, self.config, self.step, synthetic=synthetic)
            self._tell("finished", step=self.step, lora=file.name)
        self._tell_status("finished")
        self.accelerator.wait_for_everyone()
        return file

    # ---- what is said

    def _tell(self, kind: str, **values: Any) -> None:
        if self.metrics is not None:
            self.on_row(self.metrics.write(kind, **values))

    def _tell_status(self, state: str) -> None:
        if self.metrics is not None:
            self.metrics.status(state, step=self.step, total=self.total)

    def _preparing(self, what: str, done: int, total: int) -> None:
        if self.metrics is not None:
            self.metrics.status("preparing", what=what, done=done, total=total)
            self.on_row({"kind": "preparing", "what": what, "done": done, "total": total})


def _shard(transformer: Any, weights: Mapping[str, nn.Parameter], place: Place) -> None:
    """Spread the frozen weights of each block over the processes; the trained ones stay whole.

    Raises `TrainingError` for weights that cannot be split.
    """
    from torch.distributed.fsdp import fully_shard

    if place.precision not in ("bf16", "fp32"):
        raise TrainingError(
            "shard_quantized",
            f"weights in {place.precision} cannot be spread over processes",
            'set model.precision = "bf16", or machine.shard = false',
        )
    ignored = set(weights.values())
    for name, parameter in transformer.named_parameters():
        if parameter in ignored or not name.startswith("transformer_blocks."):
            parameter.data = parameter.data.to(place.device)
    for block in transformer.transformer_blocks:
        fully_shard(block, ignored_params=ignored)
