using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace FramedSockets.Samples.Tests.Support;

/// <summary>A peer that writes the wire by hand.</summary>
internal sealed class RawPeer : IDisposable
{
    private readonly Socket _socket;
    private readonly NetworkStream _stream;

    private RawPeer(Socket socket)
    {
        _socket = socket;
        _stream = new(socket, ownsSocket: true);
    }

    public static async Task<RawPeer> ConnectAsync(EndPoint endPoint)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(endPoint).Soon();
        return new(socket);
    }

    /// <summary>The next client of a listener.</summary>
    public static async Task<RawPeer> AcceptAsync(TcpListener listener) => new(await listener.AcceptSocketAsync().Soon());

    /// <summary>A whole frame.</summary>
    public static byte[] Frame(JsonObject header, ReadOnlySpan<byte> body) =>
        [.. Head(header, body.Length), .. body];

    /// <summary>The head of a frame.</summary>
    public static byte[] Head(JsonObject header, long length)
    {
        header["filesize"] = length;
        var json = Encoding.UTF8.GetBytes(header.ToJsonString());
        var prefix = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(prefix, json.Length);
        return [.. prefix, .. json];
    }

    public Task SendAsync(byte[] bytes) => _stream.WriteAsync(bytes).AsTask().Soon();

    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>The header of the next frame, which has no body.</summary>
    public async Task<JsonObject> ReceiveAsync()
    {
        var prefix = new byte[4];
        await _stream.ReadExactlyAsync(prefix).AsTask().Soon();
        var json = new byte[BinaryPrimitives.ReadInt32LittleEndian(prefix)];
        await _stream.ReadExactlyAsync(json).AsTask().Soon();
        var header = JsonNode.Parse(json)!.AsObject();
        Assert.Equal(0, (long)header["filesize"]!);
        return header;
    }

    /// <summary>Waits until the other side has closed, without another byte.</summary>
    public async Task ReceiveEndAsync() => Assert.Equal(0, await _stream.ReadAsync(new byte[1]).AsTask().Soon());

    /// <summary>Reads to the end, whatever comes.</summary>
    public Task SkipToEndAsync() => _stream.CopyToAsync(Stream.Null).Soon();

    /// <summary>Closes as a process does that was killed with bytes unread.</summary>
    public void Reset()
    {
        // The stream would end calmly first.
        _socket.LingerState = new(enable: true, seconds: 0);
        _socket.Dispose();
    }

    public void Dispose() => _stream.Dispose();
}
