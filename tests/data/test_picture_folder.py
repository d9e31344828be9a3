"""A folder of pictures as data: which are taken, how they are parted, brought into one size, and kept."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from job.core.events import Event, Level, Notice, ReadingProgress
from job.data import Data, DataSource
from job.data.digest import digest_of
from job.data.form import fitted, form_of
from job.data.picture_folder import load
from job.data.pictures import read_picture
from job.errors import DataMissingError, ExitCode, JobError, SettingsError

N_OF_CLASS = 10
CLASSES = ("daisy", "rose")


@pytest.fixture(autouse=True)
def _keras_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))


def picture(number: int, *, size: tuple[int, int] = (12, 10), grey: bool = False) -> Image.Image:
    pixels = np.random.default_rng(number).integers(0, 256, (*size, 3)).astype(np.uint8)
    return Image.fromarray(pixels[..., 0] if grey else pixels)


def write_class(folder: Path, *, number: int = N_OF_CLASS, first: int = 0, grey: bool = False) -> Path:
    folder.mkdir(parents=True)
    for each in range(number):
        picture(first + each, grey=grey).save(folder / f"{each:02}.png")
    return folder


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    for place, name in enumerate(CLASSES):
        write_class(tmp_path / "flowers" / name, first=100 * place)
    return tmp_path / "flowers"


def loaded(root: Path, *, heard: Callable[[Event], None] = lambda event: None, **options: object) -> Data:
    return load(DataSource(root, **options), heard)  # type: ignore[arg-type]


def notices(root: Path, **options: object) -> list[str]:
    heard: list[Event] = []
    loaded(root, heard=heard.append, **options)
    return [event.message for event in heard if isinstance(event, Notice)]


def refusal(root: Path | None, kind: type[JobError] = DataMissingError, **options: object) -> JobError:
    with pytest.raises(kind) as caught:
        load(DataSource(root, **options), lambda event: None)  # type: ignore[arg-type]
    return caught.value


def sizes(data: Data) -> tuple[int, int, int | None]:
    return len(data.train), len(data.validation), None if data.test is None else len(data.test)


def test_the_folders_are_the_classes_of_which_tenths_are_held_out(flowers: Path) -> None:
    data = loaded(flowers)
    assert data.class_names == CLASSES
    assert sizes(data) == (16, 2, 2)
    for part in (data.train, data.validation, data.test):
        assert (np.bincount(part.labels) == len(part) / 2).all()
    images = [image.tobytes() for part in (data.train, data.validation, data.test) for image in part.images]
    assert len(set(images)) == 2 * N_OF_CLASS, "each is in one part"


def test_the_data_are_the_same_wherever_the_folder_lies(flowers: Path, tmp_path: Path) -> None:
    shutil.copytree(flowers, tmp_path / "elsewhere" / "f", copy_function=shutil.copy)
    assert digest_of(loaded(flowers)) == digest_of(loaded(tmp_path / "elsewhere" / "f"))


@pytest.mark.parametrize("validation", ["validation", "val", "Valid"])
def test_folders_of_parts_are_taken_as_they_are(tmp_path: Path, validation: str) -> None:
    for number, part in ((4, "train"), (2, validation), (3, "test")):
        for name in CLASSES:
            write_class(tmp_path / "split" / part / name, number=number)
    assert sizes(loaded(tmp_path / "split")) == (8, 4, 6)


def test_validation_is_taken_from_train_where_it_has_no_folder(tmp_path: Path) -> None:
    for part in ("train", "test"):
        for name in CLASSES:
            write_class(tmp_path / "split" / part / name)
    assert sizes(loaded(tmp_path / "split")) == (18, 2, 20)


def test_without_a_folder_for_it_beside_the_others_there_is_no_test(tmp_path: Path) -> None:
    for name in CLASSES:
        write_class(tmp_path / "split" / "train" / name)
    assert sizes(loaded(tmp_path / "split")) == (18, 2, None)


def test_a_class_may_be_called_train_and_have_folders(flowers: Path) -> None:
    write_class(flowers / "train" / "steam")
    write_class(flowers / "train" / "diesel", first=50)
    assert loaded(flowers).class_names == (*CLASSES, "train")


def test_what_is_no_picture_by_its_name_or_hidden_is_left_out(flowers: Path) -> None:
    before = digest_of(loaded(flowers))
    (flowers / "daisy" / "notes.txt").write_text("sunny")
    (flowers / "readme.md").write_text("flowers")
    write_class(flowers / ".cache")
    write_class(flowers / "__MACOSX")
    picture(7).save(flowers / "daisy" / ".hidden.png")
    assert (digest_of(loaded(flowers)), notices(flowers)) == (before, [])


def test_a_class_has_what_lies_in_folders_and_behind_links_and_is_spelled_in_capitals(flowers: Path) -> None:
    write_class(flowers / "daisy" / "more", number=5, first=50)
    picture(60).save(flowers / "daisy" / "UPPER.JPG", format="PNG")
    (flowers / "daisy" / "link.png").symlink_to(flowers / "rose" / "00.png")
    (flowers / "daisy" / "loop").symlink_to(flowers / "daisy")
    data = loaded(flowers)
    assert sum(sizes(data)[:2]) + len(data.test) == 2 * N_OF_CLASS + 7


def test_pictures_get_the_size_of_the_median_one(flowers: Path) -> None:
    assert loaded(flowers).train.images.shape[1:] == (10, 10, 3)
    assert loaded(flowers, image_size=16).train.images.shape[1:] == (16, 16, 3)


def test_large_pictures_get_no_more_than_64_pixels_unasked(tmp_path: Path) -> None:
    for name in CLASSES:
        write_class(tmp_path / "large" / name, number=5)
        for each in range(6):
            picture(each, size=(80, 100)).save(tmp_path / "large" / name / f"x{each}.png")
    assert loaded(tmp_path / "large").train.images.shape[1:] == (64, 64, 3)


def test_pictures_are_grey_where_all_of_them_are(tmp_path: Path) -> None:
    write_class(tmp_path / "grey" / "a", grey=True)
    for each in range(N_OF_CLASS):
        (tmp_path / "grey" / "b").mkdir(exist_ok=True)
        picture(each, grey=True).convert("RGB").save(tmp_path / "grey" / "b" / f"{each}.png")
    assert loaded(tmp_path / "grey").train.images.shape[-1] == 1
    write_class(tmp_path / "grey" / "c")
    data = loaded(tmp_path / "grey")
    grey = data.train.images[data.train.labels == 0]
    assert grey.shape[-1] == 3 and (grey == grey[..., :1]).all()


def test_a_picture_keeps_its_proportions_and_loses_its_ends(tmp_path: Path) -> None:
    wide = np.zeros((20, 60, 1), np.uint8)
    wide[:, 20:40] = 255
    np.testing.assert_array_equal(fitted(wide, (20, 20)), np.full((20, 20, 1), 255))


def test_a_picture_from_elsewhere_becomes_what_it_would_be_in_the_folder(flowers: Path, tmp_path: Path) -> None:
    train = loaded(flowers).train
    form = form_of(train.images, are_cut=train.are_cut)
    adapted = [form.adapt(read_picture(file)).tobytes() for file in sorted((flowers / "daisy").iterdir())]
    assert {image.tobytes() for image in train.images[train.labels == 0]} <= {*adapted}


def test_broken_pictures_are_named_counted_and_left_out(flowers: Path) -> None:
    for number in range(7):
        (flowers / "rose" / f"x{number}.png").write_bytes(b"torn")
    (told,) = notices(flowers)
    assert told.startswith("left out, since they cannot be read, 7 of 27 pictures: ")
    assert f": {flowers}/rose/x0.png: expected a PNG" in told and f"; {flowers}/rose/x1.png: " in told
    assert told.endswith("; and 2 more")
    assert sizes(loaded(flowers)) == (16, 2, 2)


def test_broken_pictures_are_refused_where_all_are_asked_for(flowers: Path) -> None:
    (flowers / "rose" / "x.png").symlink_to("nowhere.png")
    error = refusal(flowers, strict=True)
    assert "found 1 of 21 pictures that cannot:\n" in str(error) and "rose/x.png: " in str(error)
    assert error.exit_code == ExitCode.NO_INPUT and "--strict" in error.hint


def test_a_tiny_class_is_refused_where_some_of_it_are_held_out(flowers: Path) -> None:
    write_class(flowers / "tulip", number=4)
    assert "expected 5 pictures of each class or more" in str(refusal(flowers))
    assert "found 4 in tulip" in str(refusal(flowers))


def test_a_class_of_which_none_can_be_read_is_refused(tmp_path: Path) -> None:
    for part in ("train", "val"):
        for name in CLASSES:
            write_class(tmp_path / "split" / part / name, number=2)
    for file in (tmp_path / "split" / "train" / "rose").iterdir():
        file.write_bytes(b"torn")
    assert "expected 1 picture of each class or more, found 0 in rose" in str(refusal(tmp_path / "split"))


def test_what_is_no_folder_of_classes_is_told(flowers: Path, tmp_path: Path) -> None:
    assert refusal(None, SettingsError).exit_code == ExitCode.USAGE
    assert str(refusal(tmp_path / "gone")).endswith("found nothing there")
    assert str(refusal(flowers / "daisy" / "00.png")).endswith("found a file")
    assert str(refusal(flowers / "daisy")).endswith("found no folder in it, and 10 files")
    error = refusal(tmp_path / "flowers" / "..")
    assert "found one class, flowers" in str(error) and "name " in error.hint
    (flowers / "empty").mkdir()
    assert f"{flowers}/empty: expected pictures of a class" in str(refusal(flowers))


def test_a_class_that_is_not_trained_is_refused(tmp_path: Path) -> None:
    for part, names in (("train", CLASSES), ("test", (*CLASSES, "tulip"))):
        for name in names:
            write_class(tmp_path / "split" / part / name)
    assert "found in test classes that are not in train: tulip" in str(refusal(tmp_path / "split"))


def files_read(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return a list that grows with each picture that is decoded."""
    read: list[Path] = []

    def reading(path: Path) -> NDArray[np.uint8]:
        read.append(path)
        return read_picture(path)

    monkeypatch.setattr("job.data.decoded.read_picture", reading)
    return read


def test_pictures_are_decoded_once_until_one_of_them_changes(flowers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = files_read(monkeypatch)
    first = loaded(flowers)
    assert len(read) == 2 * N_OF_CLASS
    assert digest_of(loaded(flowers)) == digest_of(first) and len(read) == 2 * N_OF_CLASS
    picture(99).save(flowers / "rose" / "00.png")
    assert digest_of(loaded(flowers)) != digest_of(first)
    assert len(read) == 4 * N_OF_CLASS
    assert len(list(Path(os.environ["KERAS_HOME"], "hpo-job").iterdir())) == 1, "the former one is replaced"


def test_broken_pictures_are_told_where_the_others_are_in_the_cache_too(flowers: Path) -> None:
    (flowers / "rose" / "x.png").write_bytes(b"torn")
    assert notices(flowers) == notices(flowers) != []


@pytest.mark.parametrize("damage", ["cut", "bit", "empty"])
def test_a_damaged_cache_is_made_anew(flowers: Path, damage: str) -> None:
    first = loaded(flowers)
    (cache,) = Path(os.environ["KERAS_HOME"], "hpo-job").iterdir()
    whole = bytearray(cache.read_bytes())
    place = whole.index(first.train.images[0].tobytes())
    whole[place] ^= 1
    cache.write_bytes({"cut": bytes(whole[:-50]), "bit": bytes(whole), "empty": b""}[damage])
    assert digest_of(loaded(flowers)) == digest_of(first)


def test_without_a_place_for_the_cache_the_data_are_the_same_and_that_is_said(
    flowers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file"))
    heard: list[Event] = []
    found = loaded(flowers, heard=heard.append)
    (told,) = (event for event in heard if isinstance(event, Notice))
    assert told.level is Level.WARNING and "set KERAS_HOME" in told.message
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    assert digest_of(loaded(flowers)) == digest_of(found)


def test_reading_many_pictures_is_told_of(flowers: Path) -> None:
    heard: list[Event] = []
    loaded(flowers, heard=heard.append)
    assert heard == [ReadingProgress("pictures", 20, 20)]
