using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace FramedSockets.Benchmarks.Tcp;

/// <summary>
/// The baseline: the same frames over <see cref="NetworkStream"/>, as one writes it by hand. Correct (a length is checked, a
/// read is whole), and it does not batch: two reads and one write a frame.
/// </summary>
internal sealed class PlainEcho : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TcpClient _client = new() { NoDelay = true };
    private readonly byte[] _answer;
    private Task _serving = Task.CompletedTask;
    private NetworkStream _stream = null!;

    public PlainEcho(int bodyLength) => _answer = new byte[4 + bodyLength];

    public async Task StartAsync()
    {
        _listener.Start();
        _serving = ServeAsync();
        await _client.ConnectAsync((IPEndPoint)_listener.LocalEndpoint);
        _stream = _client.GetStream();
    }

    public ValueTask SendAsync(ReadOnlyMemory<byte> frames) => _stream.WriteAsync(frames);

    public ValueTask<int> ReceiveAsync() => ReadFrameAsync(_stream, _answer);

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _serving;
        _listener.Dispose();
    }

    private async Task ServeAsync()
    {
        using var client = await _listener.AcceptTcpClientAsync();
        client.NoDelay = true;
        var stream = client.GetStream();
        var frame = new byte[_answer.Length];
        while (await ReadFrameAsync(stream, frame) is > 0 and var length)
        {
            await stream.WriteAsync(frame.AsMemory(0, length));
        }
    }

    /// <summary>Reads a frame, its length included.</summary>
    /// <returns>Its bytes; 0 at the end of the stream.</returns>
    private static async ValueTask<int> ReadFrameAsync(NetworkStream stream, byte[] frame)
    {
        if (await stream.ReadAtLeastAsync(frame.AsMemory(0, 4), 4, throwOnEndOfStream: false) < 4)
        {
            return 0;
        }

        var length = BinaryPrimitives.ReadInt32BigEndian(frame);
        if ((uint)length > frame.Length - 4)
        {
            throw new InvalidDataException($"A length of {length} bytes.");
        }

        await stream.ReadExactlyAsync(frame.AsMemory(4, length));
        return 4 + length;
    }
}
