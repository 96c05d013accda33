using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace FramedSockets.Codecs;

/// <summary>
/// Judges any text: whether it is one strict JSON object, within the bounds of a header. Its refusals give the position and
/// never the text.
/// </summary>
internal static class JsonStrictScanner
{
    /// <summary>How deep a header may be nested; the object itself is the first level.</summary>
    public const int MaxDepth = 8;

    /// <summary>How many members a header may have, on all levels.</summary>
    public const int MaxMembers = 64;

    /// <summary>Scans a text.</summary>
    /// <param name="json">The text.</param>
    /// <param name="wanted">The name of the member to look for on the first level; empty for none.</param>
    /// <param name="field">Its value.</param>
    /// <returns>A refusal, or the default value.</returns>
    public static HeaderDecodeResult Scan(ReadOnlySpan<byte> json, ReadOnlySpan<byte> wanted, out JsonField field)
    {
        field = default;
        if (!Utf8.IsValid(json))
        {
            return Refuse("The header is not UTF-8 from this byte on", ValidLength(json));
        }

        var scratch = ArrayPool<byte>.Shared.Rent(json.Length);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            return Scan(ref reader, json, wanted, scratch, ref field);
        }
        catch (JsonException)
        {
            return Refuse("The header is not one strict JSON object from this byte on", reader.BytesConsumed);
        }
        catch (InvalidOperationException)
        {
            return Refuse("The header has half a surrogate pair in the text at this byte", reader.TokenStartIndex);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    private static HeaderDecodeResult Scan(
        ref Utf8JsonReader reader, ReadOnlySpan<byte> json, ReadOnlySpan<byte> wanted, byte[] scratch, ref JsonField field)
    {
        var names = new NameList(json, scratch, stackalloc NameList.Entry[MaxMembers], stackalloc int[MaxDepth]);
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    names.Enter(reader.CurrentDepth);
                    break;
                case JsonTokenType.EndObject:
                    names.Leave(reader.CurrentDepth);
                    break;
                case JsonTokenType.PropertyName:
                    if (names.Count == MaxMembers)
                    {
                        return Refuse($"The header has more than {MaxMembers} members, at byte", reader.TokenStartIndex);
                    }

                    var entry = reader.ValueIsEscaped
                        ? new NameList.Entry(true, names.Used, reader.CopyString(scratch.AsSpan(names.Used)))
                        : new NameList.Entry(false, (int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
                    if (!names.TryAdd(entry, reader.CurrentDepth - 1))
                    {
                        return Refuse("The header has the same name twice, the second time at byte", reader.TokenStartIndex);
                    }

                    if (reader.CurrentDepth == 1 && !wanted.IsEmpty && names.Last.SequenceEqual(wanted))
                    {
                        _ = reader.Read();
                        field = ValueOf(ref reader, json);
                        if (reader.TokenType is JsonTokenType.StartObject)
                        {
                            names.Enter(reader.CurrentDepth);
                        }
                    }

                    break;
                case JsonTokenType.String when reader.ValueIsEscaped:
                    _ = reader.CopyString(scratch.AsSpan(names.Used));
                    break;
                default:
                    break;
            }

            if (reader.CurrentDepth == 0 && reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.EndObject))
            {
                return Refuse("The header is not a JSON object, at byte", reader.TokenStartIndex);
            }
        }

        return default;
    }

    private static JsonField ValueOf(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        var start = (int)reader.TokenStartIndex;
        return reader.TokenType == JsonTokenType.Number
            ? JsonField.OfNumber(json, start, start + reader.ValueSpan.Length)
            : new() { Kind = JsonFieldKind.Other, Start = start, End = (int)reader.BytesConsumed };
    }

    private static HeaderDecodeResult Refuse(string reason, long position) =>
        HeaderDecodeResult.Corrupt(FramedSocketError.MalformedHeader, reason, position);

    private static int ValidLength(ReadOnlySpan<byte> text)
    {
        var length = 0;
        while (Rune.DecodeFromUtf8(text[length..], out _, out var count) == OperationStatus.Done)
        {
            length += count;
        }

        return length;
    }

    /// <summary>The names of the objects that are open, unescaped, and how many there were in all.</summary>
    private ref struct NameList(ReadOnlySpan<byte> json, Span<byte> scratch, Span<NameList.Entry> entries, Span<int> starts)
    {
        private readonly ReadOnlySpan<byte> _json = json;
        private readonly Span<byte> _scratch = scratch;
        private readonly Span<Entry> _entries = entries;
        private readonly Span<int> _starts = starts;
        private int _open;

        /// <summary>The names so far, closed objects included.</summary>
        public int Count { get; private set; }

        /// <summary>The bytes of the scratch that hold names.</summary>
        public int Used { get; private set; }

        /// <summary>The name that was added last.</summary>
        public readonly ReadOnlySpan<byte> Last => Get(_entries[_open - 1]);

        public readonly void Enter(int depth) => _starts[depth] = _open;

        public void Leave(int depth) => _open = _starts[depth];

        public bool TryAdd(Entry entry, int depth)
        {
            Used += entry.IsCopy ? entry.Length : 0;
            var name = Get(entry);
            foreach (var other in _entries[_starts[depth].._open])
            {
                if (name.SequenceEqual(Get(other)))
                {
                    return false;
                }
            }

            _entries[_open++] = entry;
            Count++;
            return true;
        }

        private readonly ReadOnlySpan<byte> Get(Entry entry) => (entry.IsCopy ? _scratch : _json).Slice(entry.Start, entry.Length);

        [StructLayout(LayoutKind.Auto)]
        public readonly record struct Entry(bool IsCopy, int Start, int Length);
    }
}
