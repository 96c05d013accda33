using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using FramedSockets.Codecs;
using FramedSockets.Fuzz.Engine;
using FramedSockets.Fuzz.Naive;
using FramedSockets.Fuzz.Oracles;

namespace FramedSockets.Fuzz.Targets;

/// <summary><see cref="JsonHeaderCodec{THeader}"/> and <see cref="SizedJsonCodec{THeader}"/>, for a struct, a class and a <see cref="JsonHeaderView"/>.</summary>
internal sealed class JsonTarget : IFuzzTarget
{
    private const int Kinds = 6;
    private static readonly Framing<JobHeader>[] Structs = Both(
        order => new JsonHeaderCodec<JobHeader>(JobContext.Default.JobHeader, NaiveJson.LengthMember, order),
        order => new SizedJsonCodec<JobHeader>(JobContext.Default.JobHeader, order),
        isView: false,
        header => NaiveJson.Describe(header.Cmd, header.Id, header.Urgent, header.Size));

    private static readonly Framing<JobRecord>[] Records = Both(
        order => new JsonHeaderCodec<JobRecord>(JobContext.Default.JobRecord, NaiveJson.LengthMember, order),
        order => new SizedJsonCodec<JobRecord>(JobContext.Default.JobRecord, order),
        isView: false,
        header => NaiveJson.Describe(header.Cmd, header.Id, header.Urgent, header.Size));

    private static readonly Framing<JsonHeaderView>[] Views = Both(
        order => JsonViews.WithLength(NaiveJson.LengthMember, order), JsonViews.Sized, isView: true, header => header.Bytes.ToArray());

    public string Name => "json";

    public IReadOnlyList<byte[]> Tokens { get; } = [.. JsonGrammar.Tokens.Select(Encoding.UTF8.GetBytes)];

    public byte[] Generate(Random random)
    {
        var kind = random.Next(Kinds);
        byte[] input = [(byte)kind, (byte)random.Next(2), (byte)(random.Next(4) == 0 ? 1 : 0), 0, 0, 0, 0];
        if (random.Next(2) == 0)
        {
            random.NextBytes(input.AsSpan(3));
        }

        if (input[2] != 0)
        {
            if (kind % 3 == 2)
            {
                return [.. input, .. Encoding.UTF8.GetBytes(JsonGrammar.Object(random, random.Next(100)))];
            }

            return [.. input, (byte)random.Next(20), .. Encoding.UTF8.GetBytes(JsonGrammar.Text(random)), .. new byte[random.Next(30)]];
        }

        var wire = new List<byte>(input);
        for (var frames = random.Next(3); frames >= 0; frames--)
        {
            var body = new byte[random.Next(2) == 0 ? random.Next(6) : random.Next(60)];
            random.NextBytes(body);
            var json = Encoding.UTF8.GetBytes(JsonGrammar.Object(random, body.Length));
            var off = random.Next(10) == 0 ? random.Next(5) - 2 : 0;
            wire.AddRange(kind >= 3 ? Number(4 + json.Length + body.Length + (random.Next(10) == 0 ? random.Next(5) - 2 : 0), input[1]) : []);
            wire.AddRange(Number(json.Length + off, input[1]));
            wire.AddRange(json);
            wire.AddRange(body);
        }

        return [.. wire];
    }

    public void Run(ReadOnlySpan<byte> input)
    {
        var choices = new FuzzInput(input);
        var kind = choices.Below(Kinds);
        var isBigEndian = choices.Flag();
        var sends = choices.Flag();
        var limits = LimitChoice.Take(ref choices);
        var wire = (kind / 3 * 2) + (isBigEndian ? 1 : 0);
        switch (kind % 3)
        {
            case 0 when sends:
                var job = TakeHeader(ref choices);
                Send(ref choices, Structs[wire], limits, wire, size => job with { Size = size ?? job.Size }, header => JsonSerializer.SerializeToUtf8Bytes(header, JobContext.Default.JobHeader));
                break;
            case 1 when sends:
                var (cmd, id, urgent, other) = TakeHeader(ref choices);
                Send(ref choices, Records[wire], limits, wire, size => new(cmd, id, urgent, size ?? other), header => JsonSerializer.SerializeToUtf8Bytes(header, JobContext.Default.JobRecord));
                break;
            case 0:
                new DecodeCheck<JobHeader>(Structs[wire], limits).Run(choices.Rest);
                break;
            case 1:
                new DecodeCheck<JobRecord>(Records[wire], limits).Run(choices.Rest);
                break;
            case 2 when sends:
                JsonViewCheck.Run(choices.Rest);
                break;
            default:
                new DecodeCheck<JsonHeaderView>(Views[wire], limits).Run(choices.Rest);
                break;
        }
    }

    private static void Send<THeader>(
        ref FuzzInput choices, Framing<THeader> framing, NaiveLimits limits, int wire, Func<long?, THeader> make, Func<THeader, byte[]> serialize)
    {
        var isSized = wire >= 2;
        var body = choices.Rest;
        var sent = make(isSized ? null : body.Length);
        var json = serialize(sent);
        var order = (byte)(wire & 1);
        var total = isSized ? Number(4 + json.Length + body.Length, order) : [];
        byte[] wanted = [.. total, .. Number(json.Length, order), .. json, .. body];
        EncodeCheck.Run(framing, limits, make(null), body, json.Length <= limits.MaxHeader ? wanted : null);
    }

    private static JobHeader TakeHeader(ref FuzzInput choices)
    {
        var length = choices.Below(24);
        var text = Encoding.UTF8.GetString(choices.Take(length));
        var flags = choices.Byte();
        return new((flags & 4) != 0 ? null : text, (int)choices.Number(), (flags & 1) != 0, (flags & 2) != 0 ? choices.Number() : flags);
    }

    private static Framing<THeader>[] Both<THeader>(
        Func<ByteOrder, IHeaderCodec<THeader>> withLength, Func<ByteOrder, IHeaderCodec<THeader>> sized, bool isView, Func<THeader, byte[]> describe) =>
    [
        new(withLength(ByteOrder.LittleEndian), new NaiveJson(false, false, isView), describe) { IsCanonical = isView },
        new(withLength(ByteOrder.BigEndian), new NaiveJson(false, true, isView), describe) { IsCanonical = isView },
        new(sized(ByteOrder.LittleEndian), new NaiveJson(true, false, isView), describe) { IsCanonical = isView },
        new(sized(ByteOrder.BigEndian), new NaiveJson(true, true, isView), describe) { IsCanonical = isView },
    ];

    private static byte[] Number(int value, byte isBigEndian)
    {
        var bytes = new byte[4];
        if (isBigEndian != 0)
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        }
        else
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        }

        return bytes;
    }
}
