"""The wizard's pages on consent and on the data set."""

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QSignalBlocker,
    QSize,
    Qt,
    QUrl,
    Signal,
)
from PySide6.QtGui import QDesktopServices, QFont, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFrame,
    QGridLayout,
    QGroupBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListView,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from pixelsmile_desktop.models.drafting import Drafting
from pixelsmile_desktop.models.small_pictures import SmallPictures
from pixelsmile_desktop.models.training import Person, Report, check_key, parse_words
from pixelsmile_desktop.models.words import expression_title
from pixelsmile_desktop.views.export_sections import choice, select
from pixelsmile_desktop.widgets.path_field import PathField

_SHARE = Qt.ItemDataRole.UserRole
_MOST_LISTED = 500


class DraftPage(QWidget):
    """A page of the wizard."""

    def __init__(self, drafting: Drafting, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.drafting = drafting
        self.rows = QVBoxLayout(self)

    def begin(self) -> None:
        """The page is shown."""

    def show_draft(self) -> None:
        """Put the draft into the fields."""

    def add_text(self, text: str) -> QLabel:
        """Add a paragraph."""
        label = QLabel(text)
        label.setWordWrap(True)
        label.setMaximumWidth(self.fontMetrics().averageCharWidth() * 100)
        self.rows.addWidget(label)
        return label


class PersonBox(QFrame):
    """One person: who, what was agreed, where the release lies, and the tick."""

    changed = Signal()
    removed = Signal()

    def __init__(self, person: Person, number: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._name = QLineEdit(person.name)
        self._agreed = QLineEdit(person.agreed)
        self._agreed.setPlaceholderText(
            self.tr("such as: training of this studio's look, until revoked")
        )
        about = self.tr("person {number}").format(number=number)
        self._release = PathField(f"{self.tr('Release')}, {about}", "file")
        self._release.set_placeholder(self.tr("the signed paper's file, or where it lies"))
        self._release.set_path(person.release)
        self._tick = QCheckBox()
        self._tick.setChecked(person.is_confirmed)
        remove = QPushButton(self.tr("Remove"))
        remove.setAccessibleName(f"{self.tr('Remove')} {about}")
        grid = QGridLayout(self)
        fields = (
            (self.tr("Name"), self._name),
            (self.tr("What was agreed"), self._agreed),
            (self.tr("Release"), self._release),
        )
        for row, (text, field) in enumerate(fields):
            label = QLabel(text)
            label.setBuddy(field)
            field.setAccessibleName(f"{text}, {about}")
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1, 1, 2)
        grid.addWidget(self._tick, len(fields), 1)
        grid.addWidget(remove, len(fields), 2)
        grid.setColumnStretch(1, 1)
        for line in (self._name, self._agreed):
            line.textChanged.connect(self._tell)
        self._release.changed.connect(self._tell)
        self._tick.toggled.connect(self._tell)
        remove.clicked.connect(self.removed)
        self._show_tick()

    @property
    def person(self) -> Person:
        """What stands in the fields."""
        return Person(
            self._name.text(), self._agreed.text(), self._release.path, self._tick.isChecked()
        )

    def _tell(self, *_: object) -> None:
        self._show_tick()
        self.changed.emit()

    def _show_tick(self) -> None:
        name = self._name.text().strip() or self.tr("This person")
        text = self.tr("{name} has agreed to training with these pictures")
        self._tick.setText(text.format(name=name))


class ConsentPage(DraftPage):
    """Whose rights, whose consent."""

    def __init__(self, drafting: Drafting) -> None:
        super().__init__(drafting)
        self.add_text(
            self.tr(
                "A model learns from faces, and what it has learnt cannot be taken back. Train "
                "only with pictures that you may use so, of people who have agreed to exactly "
                "that. What you say here is written into the run and into the finished look."
            )
        )
        holder = QGroupBox(self.tr("Rights in the pictures"))
        line = QHBoxLayout(holder)
        label = QLabel(self.tr("Held by"))
        self._holder = QLineEdit()
        self._holder.setAccessibleName(self.tr("Held by"))
        self._holder.setPlaceholderText(self.tr("you, your studio, or who gave you a licence"))
        label.setBuddy(self._holder)
        line.addWidget(label)
        line.addWidget(self._holder, 1)
        self._holder.textChanged.connect(lambda text: drafting.change(holder=text))
        self.rows.addWidget(holder)
        people = QGroupBox(self.tr("Everybody who is shown"))
        self._people = QVBoxLayout(people)
        self._add = QPushButton(self.tr("Add a person"))
        self._add.clicked.connect(lambda: self._add_person(Person()))
        self._people.addWidget(self._add, 0, Qt.AlignmentFlag.AlignLeft)
        self.rows.addWidget(people)
        self.rows.addStretch(1)
        self._boxes: list[PersonBox] = []
        self.show_draft()

    def show_draft(self) -> None:
        draft = self.drafting.draft
        with QSignalBlocker(self._holder):
            self._holder.setText(draft.holder)
        for box in self._boxes:
            self._drop(box)
        self._boxes = []
        for person in draft.people or (Person(),):
            self._insert(person)

    def _insert(self, person: Person) -> PersonBox:
        box = PersonBox(person, len(self._boxes) + 1)
        box.changed.connect(self._tell)
        box.removed.connect(lambda: self._remove(box))
        self._boxes.append(box)
        self._people.insertWidget(self._people.count() - 1, box)
        return box

    def _add_person(self, person: Person) -> None:
        box = self._insert(person)
        self._tell()
        box.findChildren(QLineEdit)[0].setFocus()

    def _remove(self, box: PersonBox) -> None:
        self._boxes.remove(box)
        self._drop(box)
        self._add.setFocus()
        self._tell()

    def _drop(self, box: PersonBox) -> None:
        self._people.removeWidget(box)
        box.hide()
        box.deleteLater()

    def _tell(self) -> None:
        self.drafting.change(people=tuple(box.person for box in self._boxes))


class WordsField(QLineEdit):
    """Expressions beyond the twelve."""

    def __init__(self, drafting: Drafting) -> None:
        super().__init__()
        self._drafting = drafting
        self.setAccessibleName(self.tr("Own expressions"))
        self.setPlaceholderText(self.tr("none; or such as: smirk, wink"))
        self.setToolTip(
            self.tr(
                "One English word each, in small letters. The text encoder must know it as a "
                "single token, which short everyday words are; the run says so if it does not."
            )
        )
        self.textEdited.connect(lambda text: drafting.change(words=parse_words(text)))
        drafting.changed.connect(self.show_draft)
        self.show_draft()

    def show_draft(self) -> None:
        """Put the draft's words into the line, unless that is what it means already."""
        if parse_words(self.text()) != self._drafting.draft.words:
            self.setText(", ".join(self._drafting.draft.words))


class DataPage(DraftPage):
    """The data set, what is wrong with it, and what it consists of."""

    def __init__(self, drafting: Drafting) -> None:
        super().__init__(drafting)
        self.add_text(
            self.tr(
                "A folder with a folder for each person: one neutral picture (neutral.jpg) and "
                "pictures of two or more expressions with their strength in the name "
                "(happy_0.3.jpg, happy_1.jpg, sad_0.5.jpg) or in a table scores.csv. Or a "
                "published .jsonl file."
            )
        )
        self.rows.addWidget(self._build_source())
        self.rows.addWidget(self._build_synthetic())
        self._verdict = QLabel()
        self._verdict.setWordWrap(True)
        font = QFont(self._verdict.font())
        font.setBold(True)
        self._verdict.setFont(font)
        self._verdict.setAccessibleName(self.tr("Result of the check"))
        self.rows.addWidget(self._verdict)
        self.rows.addWidget(self._build_report(), 100)
        self.rows.addStretch(1)
        self._small = SmallPictures(self.fontMetrics().height() * 6, self)
        self._small.ready.connect(self._show_picture)
        self._shown: Report | None = None
        self._paths: tuple[str, ...] = ()
        drafting.changed.connect(self._show)
        drafting.busy_changed.connect(lambda _: self._show())
        self.destroyed.connect(self._small.close)
        self.show_draft()

    # ---- how it is built ------------------------------------------------------------------------

    def _build_source(self) -> QGroupBox:
        box = QGroupBox(self.tr("Data set"))
        grid = QGridLayout(box)
        self._path = PathField(self.tr("Data set"))
        self._path.set_placeholder(self.tr("a folder, or a .jsonl file"))
        self._path.changed.connect(lambda text: self.drafting.change(data=text))
        jsonl = QPushButton(self.tr("Choose a .jsonl file…"))
        jsonl.clicked.connect(self._choose_file)
        self._subject = choice({"human": self.tr("people"), "anime": self.tr("drawn characters")})
        self._subject.setAccessibleName(self.tr("They show"))
        self._subject.activated.connect(
            lambda _: self.drafting.change(subject=self._subject.currentData())
        )
        self._words = WordsField(self.drafting)
        self._check = QPushButton(self.tr("Check the data set"))
        self._check.clicked.connect(self.drafting.check)
        self._stop = QPushButton(self.tr("Stop"))
        self._stop.clicked.connect(self.drafting.stop)
        self._bar = QProgressBar(maximum=0)
        self._bar.setAccessibleName(self.tr("The data set is being checked"))
        grid.addWidget(self._label(self.tr("Data set"), self._path), 0, 0)
        grid.addWidget(self._path, 0, 1, 1, 2)
        grid.addWidget(jsonl, 0, 3)
        grid.addWidget(self._label(self.tr("They show"), self._subject), 1, 0)
        grid.addWidget(self._subject, 1, 1, 1, 3, Qt.AlignmentFlag.AlignLeft)
        grid.addWidget(self._label(self.tr("Own expressions"), self._words), 2, 0)
        grid.addWidget(self._words, 2, 1, 1, 3)
        grid.addWidget(self._check, 3, 1, Qt.AlignmentFlag.AlignLeft)
        grid.addWidget(self._bar, 3, 2)
        grid.addWidget(self._stop, 3, 3)
        grid.setColumnStretch(2, 1)
        return box

    def _build_synthetic(self) -> QGroupBox:
        box = QGroupBox(self.tr("Nothing graded yet? Try a run with synthetic pairs"))
        grid = QGridLayout(box)
        text = QLabel(
            self.tr(
                "The instant editor makes graded expressions of your own portraits. They are "
                "synthetic: good for trying a run from end to end, not for teaching how people "
                "look. The pictures, the report and the finished look say so."
            )
        )
        text.setWordWrap(True)
        self._portraits = PathField(self.tr("Portraits, one face each"))
        self._pairs = PathField(self.tr("Folder for the pairs"))
        self._make = QPushButton(self.tr("Make graded pairs from my portraits"))
        self._make.clicked.connect(
            lambda: self.drafting.make_pairs(self._portraits.path, self._pairs.path)
        )
        grid.addWidget(text, 0, 0, 1, 2)
        grid.addWidget(self._label(self.tr("Portraits, one face each"), self._portraits), 1, 0)
        grid.addWidget(self._portraits, 1, 1)
        grid.addWidget(self._label(self.tr("Folder for the pairs"), self._pairs), 2, 0)
        grid.addWidget(self._pairs, 2, 1)
        grid.addWidget(self._make, 3, 1, Qt.AlignmentFlag.AlignLeft)
        for field in (self._portraits, self._pairs):
            field.changed.connect(lambda _: self._enable())
        return box

    def _build_report(self) -> QWidget:
        self._findings = self._tree(
            [self.tr("Weight"), self.tr("What was noticed, and what to do")]
        )
        self._findings.setAccessibleName(self.tr("Findings"))
        self._findings.setWordWrap(True)
        self._findings.setMinimumHeight(self.fontMetrics().height() * 9)
        self._balance = self._tree([self.tr("Expression"), self.tr("Pictures"), ""])
        self._balance.setAccessibleName(self.tr("Balance of the expressions"))
        self._balance.setItemDelegateForColumn(2, _Bar(self._balance))
        self._pairs_list = self._tree([self.tr("Easily confused"), self.tr("Side by side in")])
        self._pairs_list.setAccessibleName(self.tr("Easily confused pairs"))
        self._pictures = QListWidget()
        self._pictures.setViewMode(QListView.ViewMode.IconMode)
        self._pictures.setResizeMode(QListView.ResizeMode.Adjust)
        self._pictures.setMovement(QListView.Movement.Static)
        self._pictures.setAccessibleName(self.tr("Pictures"))
        self._pictures.setMinimumHeight(self.fontMetrics().height() * 9)
        self._page = QPushButton(self.tr("Open the report with all pictures"))
        self._page.clicked.connect(self._open_report)
        self._findings.currentItemChanged.connect(lambda item, _: self._show_pictures_of(item))
        part = QWidget()
        grid = QGridLayout(part)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.addWidget(self._findings, 0, 0, 1, 2)
        grid.addWidget(self._balance, 1, 0)
        grid.addWidget(self._pairs_list, 1, 1)
        grid.addWidget(self._pictures, 2, 0, 1, 2)
        grid.addWidget(self._page, 3, 0, Qt.AlignmentFlag.AlignLeft)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        for tree in (self._balance, self._pairs_list):
            tree.setMinimumHeight(self.fontMetrics().height() * 10)
        self._report = part
        return part

    def _tree(self, titles: list[str]) -> QTreeWidget:
        tree = QTreeWidget()
        tree.setRootIsDecorated(False)
        tree.setAlternatingRowColors(True)
        tree.setHeaderLabels(titles)
        header = tree.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        return tree

    def _label(self, text: str, field: QWidget) -> QLabel:
        label = QLabel(text)
        label.setBuddy(field)
        return label

    # ---- what is done ---------------------------------------------------------------------------

    def _choose_file(self) -> None:
        dialog = QFileDialog(self, self.tr("Data set"), self._path.path, "*.jsonl")
        dialog.fileSelected.connect(self._path.set_path)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _open_report(self) -> None:
        if self._shown is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(self._shown.page))

    # ---- what is shown --------------------------------------------------------------------------

    def show_draft(self) -> None:
        draft = self.drafting.draft
        with QSignalBlocker(self._path):
            self._path.set_path(draft.data)
        select(self._subject, draft.subject)
        self._show()

    def _show(self) -> None:
        draft, report = self.drafting.draft, self.drafting.report
        if self._path.path != draft.data:
            with QSignalBlocker(self._path):
                self._path.set_path(draft.data)
        self._enable()
        is_fresh = report is not None and report.key == check_key(draft)
        self._report.setVisible(report is not None and not report.error)
        self._verdict.setVisible(report is not None)
        if report is None:
            self._shown = None
            return
        self._verdict.setText(self._verdict_of(report, is_fresh=is_fresh))
        if report is not self._shown:
            self._shown = report
            self._fill(report)
        if self._paths != self.drafting.pictures and not self._findings.selectedItems():
            self._show_pictures(self.drafting.pictures)

    def _enable(self) -> None:
        doing = self.drafting.doing
        self._check.setEnabled(bool(self.drafting.draft.data) and not doing)
        has_folders = bool(self._portraits.path) and bool(self._pairs.path)
        self._make.setEnabled(has_folders and not doing)
        for widget in (self._bar, self._stop):
            widget.setVisible(doing in ("check", "pairs"))
        text = self.tr("The data set is being checked")
        if doing == "pairs":
            text = self.tr("The pairs are being made")
        self._bar.setAccessibleName(text)
        self._bar.setFormat(text)

    def _verdict_of(self, report: Report, *, is_fresh: bool) -> str:
        if report.error:
            return f"⚠ {report.error}"
        errors = sum(one.level == "error" for one in report.findings)
        warnings = sum(one.level == "warning" for one in report.findings)
        text = self.tr("Ready: {triplets} triplets of {pictures} pictures, {persons} persons.")
        if not report.ok:
            text = self.tr(
                "Not ready, faults: {errors}. {triplets} triplets of {pictures} pictures, "
                "{persons} persons."
            )
        text = text.format(
            triplets=report.triplets,
            pictures=report.pictures,
            persons=report.persons,
            errors=errors,
        )
        if warnings:
            text += " " + self.tr("Warnings to look at: {number}.").format(number=warnings)
        if report.synthetic:
            text += " " + self.tr("Synthetic triplets: {number}.").format(number=report.synthetic)
        if not is_fresh:
            text += " " + self.tr("This is from before your last change.")
        return text

    def _fill(self, report: Report) -> None:
        levels = {
            "error": self.tr("⛔ fault"),
            "warning": self.tr("⚠ warning"),
            "note": self.tr("note"),
        }
        self._findings.clear()
        for one in report.findings[:_MOST_LISTED]:
            item = QTreeWidgetItem(self._findings, [levels[one.level], one.sentence])
            item.setData(0, _SHARE, one.pictures)
            item.setToolTip(1, one.sentence)
        if not report.findings:
            QTreeWidgetItem(self._findings, ["✓", self.tr("Nothing was noticed.")])
        self._balance.clear()
        most = max(report.balance.values(), default=1)
        for word, number in sorted(report.balance.items(), key=lambda one: -one[1]):
            item = QTreeWidgetItem(self._balance, [expression_title(word), str(number)])
            item.setData(2, _SHARE, number / most)
        self._pairs_list.clear()
        for pair, number in report.confusing.items():
            one, _, other = pair.partition("–")
            if one in report.balance and other in report.balance:
                side = self.tr("{number} triplets").format(number=number)
                if not number:
                    side = self.tr("⚠ no triplet")
                title = f"{expression_title(one)} – {expression_title(other)}"
                QTreeWidgetItem(self._pairs_list, [title, side])
        if not self._pairs_list.topLevelItemCount():
            none = self.tr("none in this data set")
            QTreeWidgetItem(self._pairs_list, [none])
        self._page.setVisible(bool(report.page))
        self._show_pictures(self.drafting.pictures)

    def _show_pictures_of(self, item: QTreeWidgetItem | None) -> None:
        pictures = item.data(0, _SHARE) if item is not None else None
        self._show_pictures(tuple(pictures or ()) or self.drafting.pictures)

    def _show_pictures(self, paths: tuple[str, ...]) -> None:
        self._paths = paths
        self._pictures.clear()
        height = self._small.height_px
        self._pictures.setIconSize(QSize(height, height))
        for path in paths:
            parts = path.replace("\\", "/").split("/")
            item = QListWidgetItem("/".join(parts[-2:]))
            item.setData(_SHARE, path)
            item.setToolTip(path)
            self._pictures.addItem(item)
            self._put_picture(item, path)

    def _show_picture(self, path: str) -> None:
        for row in range(self._pictures.count()):
            item = self._pictures.item(row)
            if item.data(_SHARE) == path:
                self._put_picture(item, path)

    def _put_picture(self, item: QListWidgetItem, path: str) -> None:
        picture = self._small.of(path)
        if picture is not None and not picture.isNull():
            item.setIcon(QIcon(QPixmap.fromImage(picture)))


class _Bar(QStyledItemDelegate):
    """A share of the column's width."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().paint(painter, option, index)
        share = index.data(_SHARE)
        if share is None:
            return
        area = option.rect.adjusted(4, 4, -4, -4)  # type: ignore[attr-defined]
        area.setWidth(max(2, round(area.width() * share)))
        painter.fillRect(area, option.palette.color(QPalette.ColorRole.Highlight))  # type: ignore[attr-defined]
