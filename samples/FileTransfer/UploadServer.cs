using System.Net;
using Common;
using FramedSockets;
using FramedSockets.Tcp;

namespace FileTransfer;

/// <summary>Takes files from any number of clients and streams each to the disk, with one receive buffer per client.</summary>
internal sealed class UploadServer : IAsyncDisposable
{
    private readonly FileStore _store;
    private readonly UploadServerOptions _options;
    private readonly UploadLog _log;
    private readonly TcpFrameServer<TransferHeader> _server;
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _stored;

    public UploadServer(FileStore store, UploadServerOptions options, UploadLog log)
    {
        _store = store;
        _options = options;
        _log = log;
        _server = new(TransferWire.Codec, ServeAsync, new()
        {
            EndPoint = options.EndPoint,
            Connection = TransferWire.Options,
            Deadlines = new() { FirstHeader = Timeout.InfiniteTimeSpan, Idle = Timeout.InfiniteTimeSpan }, // people type slowly
            DrainTimeout = Timeout.InfiniteTimeSpan,
        });
    }

    /// <summary>Where clients connect to.</summary>
    public EndPoint? EndPoint => _server.LocalEndPoint;

    /// <summary>Ends when <see cref="UploadServerOptions.Count"/> files are stored.</summary>
    public Task CountReached => _reached.Task;

    public Task StartAsync() => _server.StartAsync();

    /// <summary>Stops; uploads that have begun go on to their end, unless they come too slowly or patience ends.</summary>
    public Task<ServerStopReport> StopAsync(CancellationToken patience) => _server.StopAsync(patience);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task ServeAsync(FrameConnection<TransferHeader> connection)
    {
        try
        {
            await foreach (var frame in connection.ReadAllAsync())
            {
                await AnswerAsync(connection, frame);
            }
        }
        catch (FramedSocketException e)
        {
            _log.Dropped(connection.RemoteEndPoint, e);
        }
    }

    private async Task AnswerAsync(FrameConnection<TransferHeader> connection, Frame<TransferHeader> frame)
    {
        var request = frame.Header;
        TransferHeader answer;
        try
        {
            var file = await StoreAsync(frame);
            _log.Stored(file);
            answer = new(TransferHeader.Stored, file.Name, Sha256: file.Sha256);
        }
        catch (UploadRefusedException e)
        {
            // What has come of the body, and what is still to come, is skipped before the next frame.
            _log.Refused(connection.RemoteEndPoint, request.Filename, e);
            answer = new(TransferHeader.Refused, Printable.Of(request.Filename), Reason: e.Message);
        }

        if (answer.Cmd == TransferHeader.Stored)
        {
            CountOne();
        }

        if (request.Confirm)
        {
            await connection.SendAsync(answer, ReadOnlyMemory<byte>.Empty);
        }
    }

    private async Task<StoredFile> StoreAsync(Frame<TransferHeader> frame)
    {
        Check(frame);
        await using var part = _store.Begin(frame.Header.Filename);
        var body = frame.BodyReader;
        while (true)
        {
            var read = await body.ReadAsync();
            foreach (var segment in read.Buffer)
            {
                await part.WriteAsync(segment);
            }

            body.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted)
            {
                return part.Keep();
            }
        }
    }

    private void Check(Frame<TransferHeader> frame)
    {
        if (frame.Header.Cmd != TransferHeader.Put)
        {
            throw new UploadRefusedException("the command is not 'put'");
        }

        if (frame.BodyLength > _options.MaxFile)
        {
            throw new UploadRefusedException($"the file has {frame.BodyLength} bytes, and {_options.MaxFile} are allowed");
        }

        if (_reached.Task.IsCompleted)
        {
            throw new UploadRefusedException("the server has all the files it was to take");
        }
    }

    private void CountOne()
    {
        if (Interlocked.Increment(ref _stored) == _options.Count)
        {
            _reached.SetResult();
        }
    }
}
