using FramedSockets.Codecs;
using FramedSockets.Tcp;

namespace FileTransfer;

/// <summary>What both sides agree on: <c>i32 little-endian length | JSON header with "filesize" | body</c>.</summary>
internal static class TransferWire
{
    public static JsonHeaderCodec<TransferHeader> Codec { get; } = new(TransferJson.Default.TransferHeader, lengthMember: "filesize");

    /// <summary>Every file is streamed, and none is too long for the wire: the server says no in words, with an answer.</summary>
    public static FrameConnectionOptions Options { get; } = new()
    {
        Limits = new() { MaxBodyLength = long.MaxValue, MaxBufferedBodyLength = 0 },
    };
}
