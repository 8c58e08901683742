import pytest

from model_manager.config.scanning.litellm_file import LiteLLMFileError, is_litellm_file, read_litellm_groups


def test_groups_have_their_models_in_order_with_lines():
    """Weights, orders, keys' variables and fallbacks are read; wildcards and entries of another form are left out."""
    data = b"""\
x: &p {api_key: os.environ/A_KEY}
model_list:
  - model_name: a
    litellm_params:
      <<: *p
      model: openai/m1
      weight: 3
  - {model_name: a, litellm_params: {model: openai/m2, order: 2, api_key: sk-123}}
  - {model_name: "*", litellm_params: {model: "openai/*"}}
  - {model_name: b}
  - 7
litellm_settings:
  fallbacks: [{a: [b, 3]}, 4]
"""
    (group,) = read_litellm_groups(data)
    first, second = group.deployments
    assert (group.name, group.fallbacks) == ("a", ("b",))
    assert (first.model, first.weight, first.order, first.line, first.key_variable) == (
        "openai/m1",
        3,
        0,
        6,
        "A_KEY",
    )
    assert (second.model, second.weight, second.order, second.line, second.key_variable) == (
        "openai/m2",
        None,
        2,
        8,
        None,
    )


def test_only_files_with_a_list_of_models_are_litellms():
    """Other YAML files of an application are not read as such."""
    assert is_litellm_file(b"# x\nmodel_list:\n- a\n")
    assert not is_litellm_file(b"services:\n  model_list: 1\n")


def test_a_file_that_grows_is_refused_at_once():
    """Aliases of aliases, merged or not, are counted as if they were written out."""
    lines = ["a0: &a0 {k: 1, l: 2}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 9)}], m{n}: 1}}" for n in range(1, 30)]
    with pytest.raises(LiteLLMFileError, match="too large"):
        read_litellm_groups("\n".join([*lines, "model_list: [*a29]"]).encode())


@pytest.mark.parametrize(
    "data",
    [
        b"model_list: [",
        b"model_list: \x00",
        b"model_list: !!python/name:os.system",
        b"model_list: *a",
        b"- 1",
        b"",
    ],
)
def test_what_does_not_parse_is_one_error(data):
    """Nothing but our own error leaves the reader, whatever the file holds."""
    with pytest.raises(LiteLLMFileError):
        read_litellm_groups(data)
