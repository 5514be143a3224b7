"""Arguments that cannot work are refused by the command line itself."""

from locust.argument_parser import LocustArgumentParser

import pytest

from authstorm.drive.options import add_options


def scale_of(text):
    parser = LocustArgumentParser()
    add_options(parser)
    return parser.parse_args([f"--spike-scale={text}"]).spike_scale


@pytest.mark.parametrize(("text", "scale"), [("0.1", 0.1), ("10%", 0.1), ("2", 2.0)])
def test_a_scale_is_a_factor_or_a_share(text, scale):
    assert scale_of(text) == scale


@pytest.mark.parametrize("text", ["nan", "inf", "0", "-1", "-5%", "fast"])
def test_what_is_no_scale_is_refused(text, capsys):
    with pytest.raises(SystemExit):
        scale_of(text)
    assert "write a factor above 0 (0.1) or a share (10%)" in capsys.readouterr().err
