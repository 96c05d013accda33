using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace FramedSockets.Fuzz.Planted;

/// <summary>Small changes to a method. Each throws where the method no longer has what it changes.</summary>
internal sealed class MethodPatch
{
    private readonly MethodDefinition _method;
    private readonly ILProcessor _il;

    public MethodPatch(MethodDefinition method)
    {
        _method = method;
        _method.Body.SimplifyMacros();
        _il = _method.Body.GetILProcessor();
    }

    /// <summary>Changes a constant wherever it stands.</summary>
    public void Constant(int from, int to)
    {
        foreach (var instruction in Find(instruction => instruction.OpCode == OpCodes.Ldc_I4 && (int)instruction.Operand == from))
        {
            instruction.Operand = to;
        }
    }

    /// <summary>Changes what a call answers; <paramref name="which"/> counts from 0.</summary>
    public void Answer(string callee, int which, bool answer)
    {
        var call = Calls(callee)[which];
        _il.InsertAfter(call, _il.Create(OpCodes.Ldc_I4, answer ? 1 : 0));
        _il.InsertAfter(call, _il.Create(OpCodes.Pop));
    }

    /// <summary>Leaves a call out.</summary>
    public void Skip(string callee)
    {
        foreach (var call in Calls(callee))
        {
            var method = (MethodReference)call.Operand!;
            for (var count = method.Parameters.Count + (method.HasThis ? 1 : 0); count > 1; count--)
            {
                _il.InsertAfter(call, _il.Create(OpCodes.Pop));
            }

            call.OpCode = OpCodes.Pop;
            call.Operand = null!;
        }
    }

    /// <summary>Leaves the whole method out.</summary>
    public void Return() => _il.InsertBefore(_method.Body.Instructions[0], _il.Create(OpCodes.Ret));

    /// <summary>Answers with a constant.</summary>
    public void Return(long answer)
    {
        Return();
        _il.InsertBefore(_method.Body.Instructions[0], _il.Create(OpCodes.Ldc_I8, answer));
    }

    private List<Instruction> Calls(string callee) => Find(instruction => instruction.Operand is MethodReference method && method.Name == callee);

    private List<Instruction> Find(Func<Instruction, bool> isWanted)
    {
        var found = _method.Body.Instructions.Where(isWanted).ToList();
        return found.Count > 0 ? found : throw new InvalidOperationException($"{_method.FullName} no longer has what this bug changes.");
    }
}
